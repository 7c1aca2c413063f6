//! One type per thing that has an identity (rule 20). All of them are UUIDs of version 7, minted
//! by the edge: the domain itself has neither a clock nor chance.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Gives a freshly minted UUID its meaning.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The plain UUID, for a table, a path or a label.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// An organisation, in a tree of dated edges (đơn vị).
    UnitId;
    /// A place with seats (phòng họp).
    RoomId;
    /// A room's place in the network (điểm cầu).
    PointId;
    /// A machine with a key of its own that stands at a point.
    DeviceId;
    /// A human being with an account.
    PersonId;
    /// A meeting (cuộc họp).
    MeetingId;
    /// An agenda item (nội dung).
    ItemId;
    /// A paper of an item (tài liệu họp); its versions share the id.
    PaperId;
    /// A command, chosen by its sender so that a repetition is answered and not repeated.
    CommandId;
    /// A piece of free text that lives beside the log and can be erased.
    TextId;
}
