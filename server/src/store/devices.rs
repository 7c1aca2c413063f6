//! Tables `device` and `device_plan`: machines at points and their last plan.

use meeting::{DeviceId, PersonId, PointId, Timestamp};
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::papers::{from_bigint, to_bigint};
use super::row::{parsed, text, time};

/// A machine that stands at a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    /// Which.
    pub(crate) id: DeviceId,
    /// Where.
    pub(crate) point: PointId,
    /// Its Ed25519 key, base64.
    pub(crate) public_key: String,
}

/// A plan as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredPlan {
    /// Its number.
    pub(crate) number: u64,
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// When it becomes stale.
    pub(crate) expires_at: Timestamp,
    /// The signed JSON, base64.
    pub(crate) body: String,
    /// The signature, base64.
    pub(crate) signature: String,
}

/// Puts a device at its point. Whatever stood there must have been replaced before.
pub(crate) async fn insert(
    connection: &mut Connection,
    device: &Device,
    enrolled_by: PersonId,
    now: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert device";
    let done = sqlx::query(
        "INSERT INTO device (id, point, public_key, enrolled_at, enrolled_by) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(device.id.to_string())
    .bind(device.point.to_string())
    .bind(device.public_key.as_str())
    .bind(now.millis())
    .bind(enrolled_by.to_string())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Ends the time of every device that stands at this point or has this key; which ones.
pub(crate) async fn replace(
    connection: &mut Connection,
    newcomer: &Device,
    now: Timestamp,
) -> Result<Vec<DeviceId>, Error> {
    const OPERATION: &str = "replace device";
    sqlx::query(
        "UPDATE device SET replaced_at = $1, replaced_by = $2 \
         WHERE replaced_at IS NULL AND (point = $3 OR public_key = $4) RETURNING id",
    )
    .bind(now.millis())
    .bind(newcomer.id.to_string())
    .bind(newcomer.point.to_string())
    .bind(newcomer.public_key.as_str())
    .fetch_all(connection)
    .await
    .map_err(Error::of(OPERATION))?
    .iter()
    .map(|row| parsed(OPERATION, row, "id"))
    .collect()
}

/// Finds a device that was not replaced.
pub(crate) async fn find(
    connection: &mut Connection,
    device: DeviceId,
) -> Result<Option<Device>, Error> {
    sqlx::query("SELECT id, point, public_key FROM device WHERE id = $1 AND replaced_at IS NULL")
        .bind(device.to_string())
        .fetch_optional(connection)
        .await
        .map_err(Error::of("find device"))?
        .as_ref()
        .map(device_of)
        .transpose()
}

/// Every device that was not replaced, by point.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<Device>, Error> {
    sqlx::query("SELECT id, point, public_key FROM device WHERE replaced_at IS NULL ORDER BY point")
        .fetch_all(connection)
        .await
        .map_err(Error::of("list devices"))?
        .iter()
        .map(device_of)
        .collect()
}

/// The last plan of a device.
pub(crate) async fn plan(
    connection: &mut Connection,
    device: DeviceId,
) -> Result<Option<StoredPlan>, Error> {
    sqlx::query(
        "SELECT number, made_at, expires_at, body, signature FROM device_plan WHERE device = $1",
    )
    .bind(device.to_string())
    .fetch_optional(connection)
    .await
    .map_err(Error::of("find plan"))?
    .as_ref()
    .map(stored_plan)
    .transpose()
}

/// Keeps a plan. A number that does not rise changes no row, which is an error.
pub(crate) async fn set_plan(
    connection: &mut Connection,
    device: DeviceId,
    plan: &StoredPlan,
) -> Result<(), Error> {
    const OPERATION: &str = "set plan";
    let done = sqlx::query(
        "INSERT INTO device_plan (device, number, made_at, expires_at, body, signature) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (device) DO UPDATE SET number = excluded.number, \
         made_at = excluded.made_at, expires_at = excluded.expires_at, body = excluded.body, \
         signature = excluded.signature WHERE device_plan.number < excluded.number",
    )
    .bind(device.to_string())
    .bind(to_bigint(plan.number))
    .bind(plan.made_at.millis())
    .bind(plan.expires_at.millis())
    .bind(plan.body.as_str())
    .bind(plan.signature.as_str())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

fn device_of(row: &AnyRow) -> Result<Device, Error> {
    const OPERATION: &str = "read device";
    Ok(Device {
        id: parsed(OPERATION, row, "id")?,
        point: parsed(OPERATION, row, "point")?,
        public_key: text(OPERATION, row, "public_key")?,
    })
}

fn stored_plan(row: &AnyRow) -> Result<StoredPlan, Error> {
    const OPERATION: &str = "read plan";
    Ok(StoredPlan {
        number: from_bigint(OPERATION, row, "number")?,
        made_at: time(OPERATION, row, "made_at")?,
        expires_at: time(OPERATION, row, "expires_at")?,
        body: text(OPERATION, row, "body")?,
        signature: text(OPERATION, row, "signature")?,
    })
}
