//! Tables `person` and `person_role`: human beings with an account.

use std::collections::BTreeSet;

use meeting::{PersonId, Role, Timestamp, UnitId};
use sqlx::any::AnyRow;

use super::Connection;
use super::error::{Error, one_row};
use super::row::{parsed, parsed_or_null, text};

/// A person as everybody who signed in may see him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Who.
    pub(crate) id: PersonId,
    /// The name.
    pub(crate) name: String,
    /// Chức vụ.
    pub(crate) position: String,
    /// Where he works.
    pub(crate) unit: Option<UnitId>,
}

/// An account as sign-in needs it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Whose.
    pub(crate) person: PersonId,
    /// Argon2id in PHC form.
    pub(crate) password: String,
}

/// Adds a person. A user name that is taken fails with [`Error::is_taken`].
pub(crate) async fn insert(
    connection: &mut Connection,
    person: &Person,
    user_name: &str,
    password: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const OPERATION: &str = "insert person";
    let done = sqlx::query(
        "INSERT INTO person (id, user_name, name, position, unit, password, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(person.id.to_string())
    .bind(user_name)
    .bind(person.name.as_str())
    .bind(person.position.as_str())
    .bind(person.unit.map(|unit| unit.to_string()))
    .bind(password)
    .bind(now.millis())
    .execute(connection)
    .await
    .map_err(Error::of(OPERATION))?;
    one_row(OPERATION, done.rows_affected())
}

/// Gives a person a role.
pub(crate) async fn insert_role(
    connection: &mut Connection,
    person: PersonId,
    role: Role,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO person_role (person, role) VALUES ($1, $2) ON CONFLICT (person, role) DO NOTHING",
    )
    .bind(person.to_string())
    .bind(role_name(role))
    .execute(connection)
    .await
    .map_err(Error::of("insert role"))?;
    Ok(())
}

/// The account of a user name, unless it was disabled.
pub(crate) async fn account(
    connection: &mut Connection,
    user_name: &str,
) -> Result<Option<Account>, Error> {
    const OPERATION: &str = "find account";
    let row =
        sqlx::query("SELECT id, password FROM person WHERE user_name = $1 AND disabled_at IS NULL")
            .bind(user_name)
            .fetch_optional(connection)
            .await
            .map_err(Error::of(OPERATION))?;
    row.map(|row| {
        Ok(Account {
            person: parsed(OPERATION, &row, "id")?,
            password: text(OPERATION, &row, "password")?,
        })
    })
    .transpose()
}

/// A person, unless the account was disabled.
pub(crate) async fn find(
    connection: &mut Connection,
    person: PersonId,
) -> Result<Option<Person>, Error> {
    sqlx::query("SELECT id, name, position, unit FROM person WHERE id = $1 AND disabled_at IS NULL")
        .bind(person.to_string())
        .fetch_optional(connection)
        .await
        .map_err(Error::of("find person"))?
        .as_ref()
        .map(person_of)
        .transpose()
}

/// What a person is in the whole system.
pub(crate) async fn roles(
    connection: &mut Connection,
    person: PersonId,
) -> Result<BTreeSet<Role>, Error> {
    const OPERATION: &str = "list roles";
    sqlx::query("SELECT role FROM person_role WHERE person = $1")
        .bind(person.to_string())
        .fetch_all(connection)
        .await
        .map_err(Error::of(OPERATION))?
        .iter()
        .map(|row| {
            let name = text(OPERATION, row, "role")?;
            role_of(&name).ok_or(Error::Corrupt { operation: OPERATION, value: name })
        })
        .collect()
}

/// Everybody whose account is not disabled.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<Person>, Error> {
    sqlx::query(
        "SELECT id, name, position, unit FROM person WHERE disabled_at IS NULL ORDER BY name, id",
    )
    .fetch_all(connection)
    .await
    .map_err(Error::of("list people"))?
    .iter()
    .map(person_of)
    .collect()
}

/// The name of everybody there ever was: a log keeps who took part.
pub(crate) async fn names(connection: &mut Connection) -> Result<Vec<(PersonId, String)>, Error> {
    const OPERATION: &str = "list person names";
    sqlx::query("SELECT id, name FROM person")
        .fetch_all(connection)
        .await
        .map_err(Error::of(OPERATION))?
        .iter()
        .map(|row| Ok((parsed(OPERATION, row, "id")?, text(OPERATION, row, "name")?)))
        .collect()
}

const ROLES: [(Role, &str); 3] =
    [(Role::Admin, "admin"), (Role::Secretary, "secretary"), (Role::Technician, "technician")];

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Secretary => "secretary",
        Role::Technician => "technician",
    }
}

fn role_of(name: &str) -> Option<Role> {
    ROLES.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
}

fn person_of(row: &AnyRow) -> Result<Person, Error> {
    const OPERATION: &str = "read person";
    Ok(Person {
        id: parsed(OPERATION, row, "id")?,
        name: text(OPERATION, row, "name")?,
        position: text(OPERATION, row, "position")?,
        unit: parsed_or_null(OPERATION, row, "unit")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_name_of_its_own() {
        for (role, name) in ROLES {
            assert_eq!(role_name(role), name);
            assert_eq!(role_of(name), Some(role));
        }
    }
}
