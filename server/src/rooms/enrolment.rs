//! How a device becomes a room: it asks for a code and shows it, an admin types it.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use meeting::{Actor, DeviceId, PointId, Role};
use protocol::enrol::{EnrolmentCode, EnrolmentRequest, EnrolmentState};
use protocol::room::Enrolled;

use super::codes;
use super::limiter::Limiter;
use crate::edge::Edge;
use crate::papers::{Keys, digest};
use crate::store::devices::{self, Device};
use crate::store::enrolments::{self, Enrolment};
use crate::store::{self, Db, points};

/// How long a code can be typed.
const CODE_MILLIS: i64 = 10 * 60 * 1000;
/// How long a device can ask afterwards what became of its code.
const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Codes that one address may ask for in [`CODE_MILLIS`]: a whole office behind one address
/// enrols a room each minute.
const CODES_PER_ADDRESS: u32 = 20;
/// Tries to type a code, per address, in [`CODE_MILLIS`].
const TRIES_PER_ADDRESS: u32 = 60;
/// Codes open at once, so that nobody fills the table.
const OPEN_MAX: u64 = 1_000;
/// An Ed25519 public key.
const KEY_BYTES: usize = 32;

/// Enrols devices.
pub(crate) struct Enrolments {
    db: Db,
    edge: Edge,
    keys: Arc<Keys>,
    asked: Limiter,
    typed: Limiter,
}

/// Why an enrolment goes no further; somebody can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnrolmentRefusal {
    /// Too many tries from this address.
    #[error("too many tries, wait {seconds} seconds")]
    Wait {
        /// How long to wait.
        seconds: u32,
    },
    /// Agent and server speak different versions.
    #[error("the agent speaks protocol {agent}, the server {}", protocol::VERSION)]
    Version {
        /// What the agent speaks.
        agent: u16,
    },
    /// The key is not an Ed25519 key.
    #[error("the key is not an Ed25519 public key in base64")]
    BadKey,
    /// There is no such enrolment, or it is forgotten.
    #[error("there is no such enrolment")]
    Absent,
    /// The code is wrong, too old, or was typed already.
    #[error("the code is wrong or too old")]
    BadCode,
    /// There is no such point.
    #[error("there is no such point")]
    NoSuchPoint,
    /// Only an admin enrols devices.
    #[error("only an admin enrols devices")]
    NotAllowed,
}

/// An enrolment failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolmentError {
    /// Somebody can act.
    #[error(transparent)]
    Refused(#[from] EnrolmentRefusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A device took its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirmed {
    /// Which.
    pub(crate) device: DeviceId,
    /// Where.
    pub(crate) point: PointId,
    /// The devices that had to go.
    pub(crate) replaced: Vec<DeviceId>,
}

impl Enrolments {
    /// Tells enrolled devices the head key and the anchors of `keys`.
    pub(crate) fn new(db: Db, edge: Edge, keys: Arc<Keys>) -> Self {
        let asked = Limiter::new(CODES_PER_ADDRESS, CODE_MILLIS);
        let typed = Limiter::new(TRIES_PER_ADDRESS, CODE_MILLIS);
        Self { db, edge, keys, asked, typed }
    }

    /// Gives a device a code to show.
    pub(crate) async fn ask(
        &self,
        request: &EnrolmentRequest,
        address: IpAddr,
    ) -> Result<EnrolmentCode, EnrolmentError> {
        let now = self.edge.now();
        self.asked.count(address, now).map_err(|seconds| EnrolmentRefusal::Wait { seconds })?;
        if request.protocol != protocol::VERSION {
            return Err(EnrolmentRefusal::Version { agent: request.protocol }.into());
        }
        let public_key = public_key(&request.public_key).ok_or(EnrolmentRefusal::BadKey)?;
        let secret = self.edge.token();
        let expires_at = now.plus_millis(CODE_MILLIS);
        let enrolment = Enrolment {
            secret_sha256: digest(secret.as_bytes()),
            code: codes::fresh(&self.edge),
            public_key,
            expires_at,
            device: None,
        };
        let mut tx = self.db.begin().await?;
        enrolments::remove_expired(&mut tx, now.plus_millis(-KEPT_MILLIS)).await?;
        if enrolments::count_open(&mut tx, now).await? >= OPEN_MAX {
            return Err(EnrolmentRefusal::Wait { seconds: 60 }.into());
        }
        enrolments::insert(&mut tx, &enrolment, now).await?;
        tx.commit().await?;
        Ok(EnrolmentCode { code: codes::shown(&enrolment.code), secret, expires_at })
    }

    /// Tells a device what became of its code.
    pub(crate) async fn state(&self, secret: &str) -> Result<EnrolmentState, EnrolmentError> {
        let secret = digest(secret.as_bytes());
        let mut reader = self.db.read().await?;
        let enrolment = enrolments::find_by_secret(&mut reader, &secret).await?;
        let enrolment = enrolment.ok_or(EnrolmentRefusal::Absent)?;
        let device = match enrolment.device {
            None if self.edge.now() >= enrolment.expires_at => return Ok(EnrolmentState::Expired),
            None => return Ok(EnrolmentState::Waiting),
            Some(device) => device,
        };
        let device = devices::find(&mut reader, device).await?.ok_or(EnrolmentRefusal::Absent)?;
        let names = points::names(&mut reader).await?;
        let name = names.into_iter().find(|(point, _)| *point == device.point);
        Ok(EnrolmentState::Enrolled(Box::new(self.enrolled(&device, name.map(|(_, name)| name)))))
    }

    /// Binds the device that shows `code` to a point. A device that stood there goes, with a
    /// record.
    pub(crate) async fn confirm(
        &self,
        actor: &Actor,
        code: &str,
        point: PointId,
        address: IpAddr,
    ) -> Result<Confirmed, EnrolmentError> {
        let now = self.edge.now();
        let Actor::Person { person, roles } = actor else {
            return Err(EnrolmentRefusal::NotAllowed.into());
        };
        if !roles.contains(&Role::Admin) {
            return Err(EnrolmentRefusal::NotAllowed.into());
        }
        self.typed.count(address, now).map_err(|seconds| EnrolmentRefusal::Wait { seconds })?;
        let code = codes::typed(code).ok_or(EnrolmentRefusal::BadCode)?;
        let mut tx = self.db.begin().await?;
        let found = enrolments::find_by_code(&mut tx, &code).await?;
        let open = |found: &Enrolment| found.device.is_none() && now < found.expires_at;
        let enrolment = found.filter(open).ok_or(EnrolmentRefusal::BadCode)?;
        if !points::at(&mut tx, now).await?.iter().any(|known| known.id == point) {
            return Err(EnrolmentRefusal::NoSuchPoint.into());
        }
        let id = DeviceId::new(self.edge.uuid());
        let device = Device { id, point, public_key: enrolment.public_key };
        let replaced = devices::replace(&mut tx, &device, now).await?;
        devices::insert(&mut tx, &device, *person, now).await?;
        enrolments::set_device(&mut tx, &code, id).await?;
        tx.commit().await?;
        tracing::info!(
            device.id = %id, point.id = %point, device.replaced = replaced.len(),
            "a device was enrolled"
        );
        Ok(Confirmed { device: id, point, replaced })
    }

    fn enrolled(&self, device: &Device, point_name: Option<String>) -> Enrolled {
        Enrolled {
            device: device.id,
            point: device.point,
            point_name: point_name.unwrap_or_default(),
            head_key: self.keys.head_key(),
            anchors: self.keys.anchors.iter().map(|anchor| STANDARD.encode(anchor)).collect(),
        }
    }
}

/// The key in its one form, if it is one.
fn public_key(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    (bytes.len() == KEY_BYTES).then(|| STANDARD.encode(bytes))
}
