//! What can go wrong with the database. The operator must act, never the person.

/// A statement failed, or a row is not what this program wrote.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The database refused or is not there.
    #[error("store: {operation} failed")]
    Database {
        /// Which statement.
        operation: &'static str,
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("store: migration failed")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A column holds something this program never writes.
    #[error("store: {operation} read a bad value: {value}")]
    Corrupt {
        /// Which statement.
        operation: &'static str,
        /// The value, or what is wrong with it.
        value: String,
    },
    /// A statement changed another number of rows than it must.
    #[error("store: {operation} changed {changed} rows")]
    Rows {
        /// Which statement.
        operation: &'static str,
        /// How many.
        changed: u64,
    },
}

impl Error {
    /// For `map_err`: the driver's error with the name of the statement.
    pub(crate) fn of(operation: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { operation, source }
    }

    /// For `map_err`: a column that does not parse.
    pub(crate) fn corrupt<E: std::fmt::Display>(operation: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Corrupt { operation, value: error.to_string() }
    }

    /// Whether a unique or primary key was already there.
    pub(crate) fn is_taken(&self) -> bool {
        match self {
            Self::Database { source: sqlx::Error::Database(error), .. } => {
                error.is_unique_violation()
            }
            _ => false,
        }
    }
}

/// Refuses a statement that changed another number of rows than it must.
pub(crate) fn one_row(operation: &'static str, changed: u64) -> Result<(), Error> {
    if changed == 1 { Ok(()) } else { Err(Error::Rows { operation, changed }) }
}
