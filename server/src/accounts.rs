//! The first people of a server, from the command line: somebody must be able to sign in before
//! anybody can be added on a page.

use std::collections::BTreeSet;

use meeting::{PersonId, Role};

use crate::config::Config;
use crate::edge::Edge;
use crate::limits::{PASSWORD_BYTES_MAX, USER_CHARS_MAX};
use crate::people::{NewPerson, Passwords, People};
use crate::store::Db;

/// An account to be made.
pub struct NewAccount {
    /// What is typed to sign in.
    pub user_name: String,
    /// The person's name.
    pub name: String,
    /// What he is in the whole system: `admin`, `secretary`, `technician`.
    pub roles: Vec<String>,
    /// His first password.
    pub password: String,
}

/// Adds a person to the database of this configuration.
pub async fn add(config: &Config, edge: Edge, new: NewAccount) -> anyhow::Result<PersonId> {
    let roles = new.roles.iter().map(|role| role_of(role)).collect::<anyhow::Result<_>>()?;
    let is_name = !new.user_name.trim().is_empty() && !new.name.trim().is_empty();
    anyhow::ensure!(is_name, "user and name must not be empty");
    anyhow::ensure!(
        new.user_name.chars().count() <= USER_CHARS_MAX,
        "a user name has at most {USER_CHARS_MAX} characters"
    );
    anyhow::ensure!(
        (8..=PASSWORD_BYTES_MAX).contains(&new.password.len()),
        "a password has at least 8 characters and at most {PASSWORD_BYTES_MAX} bytes"
    );
    let db = Db::open(&config.database).await?;
    let passwords = Passwords::new(edge.clone()).await?;
    let person = NewPerson {
        user_name: new.user_name,
        name: new.name,
        position: String::new(),
        unit: None,
        roles,
        password: new.password,
    };
    let added = People::new(db.clone(), edge, passwords).add(person).await;
    db.close().await;
    Ok(added?)
}

fn role_of(name: &str) -> anyhow::Result<Role> {
    let roles = BTreeSet::from([Role::Admin, Role::Secretary, Role::Technician]);
    let found = roles.into_iter().find(|role| {
        serde_json::to_value(role).is_ok_and(|written| written.as_str() == Some(name))
    });
    found.ok_or_else(|| anyhow::anyhow!("no role is called {name}"))
}
