//! Who is signed in, by an opaque cookie of which only the hash is kept.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use meeting::{Actor, PersonId, Role, Timestamp};
use ring::digest::{Context, SHA256, digest};

use crate::edge::Edge;
use crate::store::{self, Db};

/// Begins, finds and ends sessions.
#[derive(Clone)]
pub(crate) struct Sessions {
    db: Db,
    edge: Edge,
    hours_max: u32,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Who.
    pub(crate) person: PersonId,
    /// His name.
    pub(crate) name: String,
    /// What he is in the whole system.
    pub(crate) roles: BTreeSet<Role>,
    /// To be sent with everything that changes something.
    pub(crate) csrf: String,
}

impl Session {
    /// As whom the domain knows him.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Person { person: self.person, roles: self.roles.clone() }
    }
}

/// A session that began: the cookie leaves the server here and only here.
pub(crate) struct Begun {
    /// The cookie's value.
    pub(crate) token: String,
    /// Seconds that it is good for.
    pub(crate) seconds: i64,
    /// Whose.
    pub(crate) session: Session,
}

impl Sessions {
    /// Kept in this database.
    pub(crate) fn new(db: Db, edge: Edge, hours_max: u32) -> Self {
        Self { db, edge, hours_max }
    }

    /// Begins a session, and forgets those that are too old.
    pub(crate) async fn begin(&self, person: PersonId) -> Result<Option<Begun>, store::Error> {
        let token = self.edge.token();
        let now = self.edge.now();
        let seconds = i64::from(self.hours_max) * 3600;
        let expires_at = now.plus_millis(seconds * 1000);
        let mut tx = self.db.begin().await?;
        store::sessions::delete_expired(&mut tx, now).await?;
        store::sessions::insert(&mut tx, &hash_of(&token), person, now, expires_at).await?;
        let session = session_of(&mut tx, &token, now).await?;
        tx.commit().await?;
        Ok(session.map(|session| Begun { token, seconds, session }))
    }

    /// Whose cookie it is.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<Session>, store::Error> {
        let mut reader = self.db.read().await?;
        session_of(&mut reader, token, self.edge.now()).await
    }

    /// Ends a session.
    pub(crate) async fn end(&self, token: &str) -> Result<(), store::Error> {
        let mut tx = self.db.begin().await?;
        store::sessions::delete(&mut tx, &hash_of(token)).await?;
        tx.commit().await
    }
}

async fn session_of(
    connection: &mut store::Connection,
    token: &str,
    now: Timestamp,
) -> Result<Option<Session>, store::Error> {
    let Some(person) = store::sessions::find(connection, &hash_of(token), now).await? else {
        return Ok(None);
    };
    let Some(found) = store::people::find(connection, person).await? else { return Ok(None) };
    let roles = store::people::roles(connection, person).await?;
    Ok(Some(Session { person, name: found.name, roles, csrf: csrf_of(token) }))
}

fn hash_of(token: &str) -> String {
    hex::encode(digest(&SHA256, token.as_bytes()))
}

/// Made from the cookie, so that it needs no column and cannot be had without it.
fn csrf_of(token: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(b"diemcau-csrf-1\0");
    context.update(token.as_bytes());
    URL_SAFE_NO_PAD.encode(context.finish())
}
