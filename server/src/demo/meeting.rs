//! The sample meeting, held by the same use cases as any other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use bytes::Bytes;
use meeting::{
    Actor, Command, CommandId, ItemAudience, ItemId, MeetingId, PaperId, Part, PersonId, PointId,
    Role,
};
use seal::{FileKey, SealRequest};

use super::people::{PEOPLE, Sample};
use super::print::{self, Text};
use crate::edge::Edge;
use crate::meetings::{Meetings, Order};
use crate::papers::{NewPaper, Papers};

const TITLE: &str = "Hội nghị trực tuyến giao ban tháng, triển khai nhiệm vụ trọng tâm cuối năm";
const MINUTES: u16 = 100;

/// An item and the paper that belongs to it.
struct Item {
    title: &'static str,
    minutes: u16,
    paper: Option<(Text, &'static str)>,
}

const AGENDA: [Item; 5] = [
    Item { title: "Khai mạc, thông qua chương trình hội nghị", minutes: 5, paper: None },
    Item {
        title: "Báo cáo tình hình kinh tế - xã hội mười tháng đầu năm",
        minutes: 20,
        paper: Some((Text::Report, "Báo cáo tình hình kinh tế - xã hội mười tháng đầu năm")),
    },
    Item {
        title: "Tiến độ giải phóng mặt bằng các dự án trọng điểm",
        minutes: 25,
        paper: Some((Text::Clearance, "Báo cáo tiến độ giải phóng mặt bằng các dự án trọng điểm")),
    },
    Item { title: "Thảo luận, ý kiến của các điểm cầu", minutes: 40, paper: None },
    Item { title: "Kết luận của chủ trì", minutes: 10, paper: None },
];

/// Gives commands to one meeting as its secretary.
pub(super) struct Secretary<'a> {
    /// Carries commands out.
    pub(super) meetings: &'a Meetings,
    /// Receives and keeps papers.
    pub(super) papers: &'a Papers,
    /// Time and chance.
    pub(super) edge: &'a Edge,
    /// Which meeting.
    pub(super) meeting: MeetingId,
    /// Who the secretary is.
    pub(super) person: PersonId,
}

impl Secretary<'_> {
    /// Creates, fills, announces and issues: afterwards the meeting waits for its chair.
    pub(super) async fn prepare(
        &self,
        people: &BTreeMap<&'static str, PersonId>,
        points: BTreeSet<PointId>,
        starts_in_seconds: u32,
        official: &FileKey,
    ) -> anyhow::Result<()> {
        let chair = PEOPLE.iter().find(|sample| sample.part == Some(Part::Chair));
        let chair = chair.and_then(|sample| people.get(sample.user)).context("no chair")?;
        let starts_at = self.edge.now().plus_millis(i64::from(starts_in_seconds) * 1000);
        let create =
            Command::Create { title: TITLE.into(), starts_at, minutes: MINUTES, chair: *chair };
        self.give(create).await?;
        for Item { title, minutes, paper } in AGENDA {
            let item = ItemId::new(self.edge.uuid());
            let audience = ItemAudience::Everyone;
            self.give(Command::AddItem { item, title: title.into(), minutes, audience }).await?;
            if let Some((text, title)) = paper {
                self.add_paper(item, text, title, official).await?;
            }
        }
        for part in [Part::Secretary, Part::Presenter, Part::Delegate, Part::Guest] {
            let invited = |sample: &&Sample| {
                sample.part == Some(part) && people.get(sample.user) != Some(&self.person)
            };
            let invited = PEOPLE.iter().filter(invited);
            let invited = invited.filter_map(|sample| people.get(sample.user)).copied().collect();
            self.give(Command::InvitePeople { people: invited, part }).await?;
        }
        self.give(Command::InvitePoints { points }).await?;
        self.give(Command::Announce).await?;
        self.give(Command::IssuePapers).await
    }

    /// Prints a paper and brings it in as a secretary would: upload, then judgement or seal.
    async fn add_paper(
        &self,
        item: ItemId,
        text: Text,
        title: &str,
        official: &FileKey,
    ) -> anyhow::Result<()> {
        let now = self.edge.now();
        let day = jiff::Timestamp::from_millisecond(now.millis())?;
        // Viet Nam is seven hours ahead of UTC all year round.
        let day = jiff::tz::Offset::constant(7).to_datetime(day).date();
        let mut pdf = print::print(text, day)?;
        if let Text::Report = text {
            let request = SealRequest {
                field: "NguoiKy".into(),
                signed_at: u64::try_from(now.millis().div_euclid(1000))?,
                reason: Some("Ký duyệt báo cáo".into()),
            };
            pdf = seal::sign(&pdf, &request, official)?;
        }
        let upload = self.edge.uuid();
        let length = u64::try_from(pdf.len())?;
        let uploads = &self.papers.uploads;
        let begun = uploads.begin(upload, self.person, length, now).await?;
        let stream =
            futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from(pdf))]);
        uploads.append(&begun, 0, stream).await?;
        let new = NewPaper {
            actor: self.actor(),
            person: self.person,
            meeting: self.meeting,
            command: CommandId::new(self.edge.uuid()),
            paper: PaperId::new(self.edge.uuid()),
            item,
            title: title.into(),
            upload,
        };
        self.papers.add(new).await?;
        Ok(())
    }

    async fn give(&self, command: Command<String>) -> anyhow::Result<()> {
        let id = CommandId::new(self.edge.uuid());
        let order = Order { actor: self.actor(), meeting: self.meeting, id, command };
        self.meetings.command(order).await?;
        Ok(())
    }

    fn actor(&self) -> Actor {
        Actor::Person { person: self.person, roles: BTreeSet::from([Role::Secretary]) }
    }
}
