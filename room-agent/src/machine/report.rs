//! When the room says what it is: on a change, at most once a second, and every fifteen anyway.

use protocol::meeting::Timestamp;
use protocol::room::RoomReport;

use crate::limits::{REPORT_EVERY_MS, REPORT_MS_MIN};

/// The last report that was sent.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    last: Option<(Timestamp, RoomReport)>,
}

impl Reporter {
    /// A new line: the server should hear everything again.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// Whether this report should be sent now; it is then the last one.
    pub(super) fn is_due(&mut self, report: &RoomReport) -> bool {
        let due = match &self.last {
            None => true,
            Some((at, last)) => {
                let age = report.now.millis_since(*at);
                age >= REPORT_EVERY_MS || (age >= REPORT_MS_MIN && differs(last, report))
            }
        };
        if due {
            self.last = Some((report.now, report.clone()));
        }
        due
    }

    pub(super) fn timeout(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|(at, _)| at.plus_millis(REPORT_EVERY_MS))
    }
}

/// Whether something changed that somebody would act on; clocks and rates move all the time.
fn differs(last: &RoomReport, report: &RoomReport) -> bool {
    let still = |report: &RoomReport| {
        let call = report.call.as_ref().map(|call| (call.meeting, call.connected));
        let parts = [report.camera, report.microphone, report.loudspeaker, report.screen];
        (report.plan, call, parts, report.papers.clone())
    };
    still(last) != still(report)
}
