//! People and their accounts.

mod passwords;
mod sign_in;

use meeting::{PersonId, Role, UnitId};
use std::collections::BTreeSet;

use crate::edge::Edge;
use crate::store::{self, Db};

pub(crate) use passwords::{PasswordError, Passwords};
pub(crate) use sign_in::{Gate, SignInError, Try};

/// Adds people; signs them in is [`Gate`]'s work.
#[derive(Clone)]
pub(crate) struct People {
    db: Db,
    edge: Edge,
    passwords: Passwords,
}

/// Somebody to be added.
pub(crate) struct NewPerson {
    /// What he types to sign in; compared in lower case.
    pub(crate) user_name: String,
    /// His name.
    pub(crate) name: String,
    /// Chức vụ.
    pub(crate) position: String,
    /// Where he works.
    pub(crate) unit: Option<UnitId>,
    /// What he is in the whole system.
    pub(crate) roles: BTreeSet<Role>,
    /// His first password.
    pub(crate) password: String,
}

/// A person could not be added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddPersonError {
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database failed, or the user name is taken.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl People {
    /// Works on this database.
    pub(crate) fn new(db: Db, edge: Edge, passwords: Passwords) -> Self {
        Self { db, edge, passwords }
    }

    /// Adds a person with an account.
    pub(crate) async fn add(&self, new: NewPerson) -> Result<PersonId, AddPersonError> {
        let password = self.passwords.hash(new.password).await?;
        let person = store::people::Person {
            id: PersonId::new(self.edge.uuid()),
            name: new.name,
            position: new.position,
            unit: new.unit,
        };
        let user_name = sign_in::account_name(&new.user_name);
        let now = self.edge.now();
        let mut tx = self.db.begin().await?;
        store::people::insert(&mut tx, &person, &user_name, &password, now).await?;
        for role in new.roles {
            store::people::insert_role(&mut tx, person.id, role).await?;
        }
        tx.commit().await?;
        Ok(person.id)
    }
}
