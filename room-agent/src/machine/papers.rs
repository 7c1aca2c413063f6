//! The papers of the plan, each on its way from wanted to verified or refused.

use std::collections::BTreeMap;

use protocol::meeting::{Command, MeetingId, PaperStep, Timestamp};
use protocol::room::{Manifest, PaperReport};

use super::effect::{Effect, Judgement};
use super::input::{FetchOutcome, PaperKey, Verdict};
use super::step::{Step, earlier};
use crate::limits::{FETCHES_MAX, PAPER_BYTES_MAX, PAPER_RETRY_MS};

/// The sentence for a paper whose bytes are not those of its name.
const OTHER_HASH: &str = "Tệp nhận được không đúng nội dung đã phát hành (sai mã băm)";

/// All papers of the plan.
#[derive(Debug, Default)]
pub(super) struct PaperDesk {
    cases: BTreeMap<PaperKey, Case>,
    generation: u64,
    ticket: Option<String>,
    /// Whether there was a line and a fresh plan at the last tick.
    may_fetch: bool,
    reported: BTreeMap<PaperKey, PaperStep>,
}

/// One paper.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) judgement: Judgement,
    pub(super) progress: Progress,
}

/// How far a paper is.
#[derive(Debug)]
pub(super) enum Progress {
    /// It may be on the disk; nobody has looked.
    Unknown,
    /// It must be fetched, at this moment.
    Wanted { at: Timestamp, have_bytes: u64 },
    /// It is being fetched.
    Fetching { generation: u64, have_bytes: u64 },
    /// It is on the disk and being checked.
    Judging { generation: u64 },
    /// It may be drawn.
    Verified { at: Timestamp, signers: Vec<String> },
    /// It is never drawn.
    Refused { code: String, reason: String, signers: Vec<String> },
}

/// What the server should be told about a paper.
pub(super) type Told = (MeetingId, Command<String>);

impl PaperDesk {
    /// Makes the desk hold exactly the papers of these manifests.
    pub(super) fn plan(&mut self, step: &mut Step<'_>, manifests: &[Manifest]) {
        let mut before = std::mem::take(&mut self.cases);
        for manifest in manifests {
            for paper in &manifest.papers {
                let key = PaperKey { paper: paper.paper, sha256: paper.sha256 };
                let judgement = Judgement {
                    meeting: manifest.meeting,
                    paper: paper.clone(),
                    head: manifest.head.clone(),
                };
                let progress = match before.remove(&key).map(|case| case.progress) {
                    // A refused one is looked at again: its proof may have been mended.
                    None | Some(Progress::Refused { .. }) => Progress::Unknown,
                    Some(progress) => progress,
                };
                self.cases.insert(key, Case { judgement, progress });
            }
        }
        self.reported.retain(|key, _| self.cases.contains_key(key));
        let mut kept: Vec<_> = self.cases.keys().map(|key| key.sha256).collect();
        kept.sort_unstable();
        kept.dedup();
        step.effect(Effect::KeepPapers(kept));
    }

    pub(super) fn set_ticket(&mut self, token: String) {
        self.ticket = Some(token);
    }

    /// Starts what is due: checks at any time, fetches only over an open line.
    pub(super) fn tick(&mut self, step: &mut Step<'_>, may_fetch: bool) {
        self.may_fetch = may_fetch;
        let mut fetching = self.cases.values().filter(|case| case.is_fetching()).count();
        for case in self.cases.values_mut() {
            match &case.progress {
                Progress::Unknown => {
                    self.generation += 1;
                    let generation = self.generation;
                    case.progress = Progress::Judging { generation };
                    let judgement = Box::new(case.judgement.clone());
                    step.effect(Effect::Judge { generation, judgement });
                }
                Progress::Wanted { at, have_bytes }
                    if *at <= step.now && may_fetch && fetching < FETCHES_MAX =>
                {
                    let Some(token) = self.ticket.clone() else { continue };
                    fetching += 1;
                    self.generation += 1;
                    let generation = self.generation;
                    case.progress = Progress::Fetching { generation, have_bytes: *have_bytes };
                    let paper = &case.judgement.paper;
                    let (sha256, bytes) = (paper.sha256, paper.bytes.min(PAPER_BYTES_MAX));
                    step.effect(Effect::Fetch { generation, sha256, bytes, token });
                }
                _ => {}
            }
        }
    }

    pub(super) fn timeout(&self) -> Option<Timestamp> {
        if !self.may_fetch || self.ticket.is_none() {
            return None;
        }
        let idle = self.cases.values().filter(|case| case.is_fetching()).count() < FETCHES_MAX;
        self.cases
            .values()
            .filter_map(|case| match case.progress {
                Progress::Wanted { at, .. } if idle => Some(at),
                _ => None,
            })
            .fold(None, |first, at| earlier(first, Some(at)))
    }

    pub(super) fn fetching(&mut self, generation: u64, have: u64) {
        for case in self.cases.values_mut() {
            if let Progress::Fetching { generation: own, have_bytes } = &mut case.progress
                && *own == generation
            {
                *have_bytes = have;
            }
        }
    }

    pub(super) fn fetched(
        &mut self,
        now: Timestamp,
        generation: u64,
        outcome: FetchOutcome,
    ) -> Option<Told> {
        let (key, case) = self.cases.iter_mut().find(|(_, case)| {
            matches!(case.progress, Progress::Fetching { generation: own, .. } if own == generation)
        })?;
        let key = *key;
        match outcome {
            FetchOutcome::Received => {
                case.progress = Progress::Unknown;
                self.told(key, PaperStep::Received)
            }
            FetchOutcome::Interrupted => {
                let have_bytes = case.have_bytes();
                case.progress =
                    Progress::Wanted { at: now.plus_millis(PAPER_RETRY_MS), have_bytes };
                None
            }
            FetchOutcome::OtherHash => {
                let code = "HASH".to_owned();
                case.progress = Progress::Refused {
                    code: code.clone(),
                    reason: OTHER_HASH.to_owned(),
                    signers: Vec::new(),
                };
                self.told(key, PaperStep::Refused { code })
            }
        }
    }

    pub(super) fn judged(
        &mut self,
        now: Timestamp,
        generation: u64,
        verdict: Verdict,
    ) -> Option<Told> {
        let (key, case) = self.cases.iter_mut().find(|(_, case)| {
            matches!(case.progress, Progress::Judging { generation: own } if own == generation)
        })?;
        let key = *key;
        match verdict {
            Verdict::Missing => {
                case.progress = Progress::Wanted { at: now, have_bytes: 0 };
                None
            }
            Verdict::Verified { signers } => {
                case.progress = Progress::Verified { at: now, signers };
                self.told(key, PaperStep::Verified)
            }
            Verdict::Refused { code, reason, signers } => {
                case.progress = Progress::Refused { code: code.clone(), reason, signers };
                self.told(key, PaperStep::Refused { code })
            }
        }
    }

    pub(super) fn case(&self, key: PaperKey) -> Option<&Case> {
        self.cases.get(&key)
    }

    pub(super) fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// The verified papers of a meeting, in the manifest's order of ids.
    pub(super) fn verified(&self, meeting: MeetingId) -> impl Iterator<Item = &Case> {
        self.cases
            .values()
            .filter(move |case| case.judgement.meeting == meeting && case.is_verified())
    }

    pub(super) fn report(&self) -> Vec<PaperReport> {
        self.cases
            .values()
            .map(|case| PaperReport {
                paper: case.judgement.paper.paper,
                sha256: case.judgement.paper.sha256,
                have_bytes: case.have_bytes(),
                bytes: case.judgement.paper.bytes,
            })
            .collect()
    }

    /// The command that tells a step, unless the very same was told before.
    fn told(&mut self, key: PaperKey, step: PaperStep) -> Option<Told> {
        let case = self.cases.get(&key)?;
        if self.reported.get(&key) == Some(&step) {
            return None;
        }
        self.reported.insert(key, step.clone());
        let PaperKey { paper, sha256 } = key;
        Some((case.judgement.meeting, Command::ReportPaper { paper, sha256, step }))
    }
}

impl Case {
    pub(super) fn is_verified(&self) -> bool {
        matches!(self.progress, Progress::Verified { .. })
    }

    pub(super) fn have_bytes(&self) -> u64 {
        match self.progress {
            Progress::Unknown => 0,
            Progress::Wanted { have_bytes, .. } | Progress::Fetching { have_bytes, .. } => {
                have_bytes
            }
            Progress::Judging { .. } | Progress::Verified { .. } | Progress::Refused { .. } => {
                self.judgement.paper.bytes
            }
        }
    }

    fn is_fetching(&self) -> bool {
        matches!(self.progress, Progress::Fetching { .. })
    }
}
