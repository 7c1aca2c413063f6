//! Sample data: a province with people, points, papers and a meeting that begins in a minute.
//!
//! Everything is made by the services that serve real meetings: people are added, a secretary
//! uploads, the server seals and issues, devices are enrolled. Nothing is written by hand.

mod agents;
mod fonts;
mod keys;
mod layout;
mod markup;
mod meeting;
mod people;
mod print;
mod province;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ::meeting::{Actor, MeetingId, PersonId, Role};
use anyhow::Context as _;
use serde::Serialize;

use crate::config::Config;
use crate::edge::Edge;
use crate::meetings::Meetings;
use crate::papers::Papers;
use crate::people::{NewPerson, Passwords, People};
use crate::rooms::Rooms;
use crate::store::Db;

use agents::Setup;
use keys::Https;
use meeting::Secretary;
use people::PEOPLE;
use province::Province;

pub use agents::MadeAgent;

#[cfg(test)]
pub(crate) use print::print_clearance;

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// An absent or empty folder; everything goes there.
    pub folder: PathBuf,
    /// Where the server will listen: an address of this machine.
    pub host: String,
    /// The same, its port.
    pub port: u16,
    /// Serve https on every address, under this name or address.
    pub lan: Option<String>,
    /// Rooms whose device is enrolled.
    pub agents: usize,
    /// Points that are invited to the meeting; all of them when absent.
    pub points: Option<usize>,
    /// Seconds until the meeting should begin.
    pub starts_in_seconds: u32,
    /// The PDF library of the rooms; looked for when absent.
    pub pdfium: Option<PathBuf>,
}

/// What was made, for people and for programs.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// The server's address.
    pub url: String,
    /// The server's configuration.
    pub config: PathBuf,
    /// Who can sign in.
    pub accounts: Vec<Account>,
    /// The meeting.
    pub meeting: MeetingId,
    /// The rooms whose device is enrolled.
    pub agents: Vec<MadeAgent>,
    /// The folder of one more room, which will show a code.
    pub agent_by_hand: PathBuf,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// What the account is for: `chair`, `secretary`, `admin`, `technician` …
    pub role: &'static str,
    /// The user name.
    pub user: &'static str,
    /// The password.
    pub password: String,
    /// The name.
    pub name: &'static str,
    /// Chức vụ.
    pub position: &'static str,
}

/// Makes a data folder. It is not for any real meeting: its keys were never secret.
pub async fn write(options: &Options, edge: Edge) -> anyhow::Result<Made> {
    let empty = !options.folder.exists() || fs::read_dir(&options.folder)?.next().is_none();
    anyhow::ensure!(empty, "{} is not empty", options.folder.display());
    keys::make(&options.folder)?;
    let folder = &options.folder.canonicalize()?;
    let official = keys::write(folder, &edge)?;
    let https = match &options.lan {
        Some(host) => Some(keys::write_https(folder, host)?),
        None => None,
    };
    let path = folder.join("diemcau.toml");
    keys::put(&path, config_text(folder, options, https.as_ref())?.as_bytes())?;
    let config = Config::load(Some(&path))?;

    let db = Db::open(&config.database).await?;
    let services = Services::open(&config, db.clone(), edge).await?;
    let province = province::import(&db, &services.edge).await?;
    let (ids, accounts) = services.add_people(&province).await?;
    let meeting = services.prepare(&ids, &province, options, &official).await?;
    let url = url(options);
    let pdfium = options.pdfium.clone().or_else(find_pdfium);
    let setup = Setup {
        url: &url,
        authority: https.as_ref().map(|https| https.authority.as_path()),
        pdfium: pdfium.as_deref(),
    };
    let agents = services.enrol(&ids, &province, (folder, options.agents), &setup).await?;
    let agent_by_hand = folder.join("agents/new");
    agents::write_config(&agent_by_hand, &setup)?;
    db.close().await;
    Ok(Made { url, config: path, accounts, meeting, agents, agent_by_hand })
}

/// The services that the demo uses, as the server has them.
struct Services {
    meetings: Meetings,
    people: People,
    papers: Papers,
    rooms: Rooms,
    edge: Edge,
}

impl Services {
    async fn open(config: &Config, db: Db, edge: Edge) -> anyhow::Result<Self> {
        let meetings = Meetings::new(db.clone(), edge.clone());
        let ground = (db.clone(), edge.clone());
        let papers = Papers::open(&config.papers, ground.clone(), meetings.clone()).await?;
        let rooms = Rooms::open(config.rooms.clone(), ground, meetings.clone(), &papers).await?;
        let passwords = Passwords::new(edge.clone()).await?;
        let people = People::new(db, edge.clone(), passwords);
        Ok(Self { meetings, people, papers, rooms, edge })
    }

    async fn add_people(
        &self,
        province: &Province,
    ) -> anyhow::Result<(BTreeMap<&'static str, PersonId>, Vec<Account>)> {
        let mut ids = BTreeMap::new();
        let mut accounts = Vec::new();
        for sample in PEOPLE {
            let password = password(&self.edge);
            let new = NewPerson {
                user_name: sample.user.into(),
                name: sample.name.into(),
                position: sample.position.into(),
                unit: Some(province.unit(sample.unit)?),
                roles: sample.roles.iter().copied().collect(),
                password: password.clone(),
            };
            ids.insert(sample.user, self.people.add(new).await?);
            let (role, user) = (sample.role, sample.user);
            let (name, position) = (sample.name, sample.position);
            accounts.push(Account { role, user, password, name, position });
        }
        self.meetings.names_changed();
        Ok((ids, accounts))
    }

    async fn prepare(
        &self,
        ids: &BTreeMap<&'static str, PersonId>,
        province: &Province,
        options: &Options,
        official: &seal::FileKey,
    ) -> anyhow::Result<MeetingId> {
        let secretary = Secretary {
            meetings: &self.meetings,
            papers: &self.papers,
            edge: &self.edge,
            meeting: MeetingId::new(self.edge.uuid()),
            person: with_role(ids, Role::Secretary)?,
        };
        let invited = options.points.unwrap_or(usize::MAX).max(options.agents);
        let points = province.points.iter().take(invited).map(|point| point.id).collect();
        secretary.prepare(ids, points, options.starts_in_seconds, official).await?;
        Ok(secretary.meeting)
    }

    async fn enrol(
        &self,
        ids: &BTreeMap<&'static str, PersonId>,
        province: &Province,
        (folder, count): (&Path, usize),
        setup: &Setup<'_>,
    ) -> anyhow::Result<Vec<MadeAgent>> {
        let person = with_role(ids, Role::Admin)?;
        let admin = Actor::Person { person, roles: [Role::Admin].into() };
        anyhow::ensure!(count <= province.points.len(), "there are not {count} points");
        let mut agents = Vec::with_capacity(count);
        for (number, point) in (1..).zip(province.points.iter().take(count)) {
            let folder = folder.join(format!("agents/{number:02}"));
            agents.push(agents::enrol(&self.rooms, &admin, (number, point), folder, setup).await?);
        }
        Ok(agents)
    }
}

fn with_role(ids: &BTreeMap<&'static str, PersonId>, role: Role) -> anyhow::Result<PersonId> {
    let sample = PEOPLE.iter().find(|sample| sample.roles.contains(&role));
    let person = sample.and_then(|sample| ids.get(sample.user));
    person.copied().with_context(|| format!("nobody is {role:?}"))
}

/// Twelve letters and digits without look-alikes, in groups that can be read aloud.
fn password(edge: &Edge) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut password = String::new();
    for (place, byte) in edge.bytes::<12>().into_iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            password.push('-');
        }
        password.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    password
}

fn url(options: &Options) -> String {
    match &options.lan {
        Some(host) => format!("https://{host}:{}", options.port),
        None => format!("http://{}:{}", options.host, options.port),
    }
}

fn config_text(folder: &Path, options: &Options, https: Option<&Https>) -> anyhow::Result<String> {
    let path = |name: &str| agents::quoted(&folder.join(name).display().to_string());
    let database = agents::quoted(&format!("sqlite:{}", folder.join("diemcau.db").display()));
    let (host, candidates) = match &options.lan {
        None => (options.host.as_str(), String::new()),
        Some(host) => {
            let address = keys::address(host).context("--lan needs an address of this machine")?;
            ("0.0.0.0", agents::quoted(&address.to_string()))
        }
    };
    let tls = https.map_or_else(String::new, |https| {
        let [cert, key] = [&https.cert, &https.key].map(|path| path.display().to_string());
        format!("tls = {{ cert = {}, key = {} }}\n", agents::quoted(&cert), agents::quoted(&key))
    });
    Ok(format!(
        "# Made by `diemcau-server demo-data`. Not for real meetings: its keys were never secret.\n\
         [http]\nlisten = \"{host}:{}\"\n{tls}\n\
         [database]\nurl = {database}\n\n\
         [papers]\nfolder = {}\nkeys = {}\n\n\
         [recordings]\nfolder = {}\n\n\
         [rooms]\npicture_width = 320\npicture_height = 180\nframes_per_second = 15\n\
         bitrate_bps_max = 300000\n\n\
         [media]\nlisten = \"{host}:0\"\ncandidates = [{candidates}]\n",
        options.port,
        path("papers"),
        path("keys"),
        path("recordings"),
    ))
}

/// Where the set-up script puts the PDF library, above this program or above where it is started.
fn find_pdfium() -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let here = std::env::current_dir().ok();
    let above = program.iter().chain(&here).flat_map(|path| path.ancestors());
    above.map(|folder| folder.join("vendor/pdfium/libpdfium.so")).find(|path| path.is_file())
}
