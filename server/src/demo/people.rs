//! The people of the sample province: invented, one of every role and more.

use meeting::{Part, Role};

/// Somebody with an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// What the demo says this account is for.
    pub(super) role: &'static str,
    /// The user name.
    pub(super) user: &'static str,
    /// The name.
    pub(super) name: &'static str,
    /// Chức vụ.
    pub(super) position: &'static str,
    /// The code of the unit.
    pub(super) unit: &'static str,
    /// What he is in the whole system.
    pub(super) roles: &'static [Role],
    /// What he is in the sample meeting.
    pub(super) part: Option<Part>,
}

/// Everybody. The first secretary begins the meeting, the first chair runs it.
pub(super) static PEOPLE: [Sample; 14] = [
    person("chair", "chutich", "Trần Văn Thịnh", "Chủ tịch UBND tỉnh", ("35", Part::Chair)),
    Sample {
        role: "secretary",
        user: "thuky",
        name: "Phạm Thị Ngọc Lan",
        position: "Thư ký, Văn phòng UBND tỉnh",
        unit: "35",
        roles: &[Role::Secretary],
        part: Some(Part::Secretary),
    },
    Sample {
        role: "secretary",
        user: "thuky2",
        name: "Nguyễn Minh Tuấn",
        position: "Chuyên viên, Văn phòng UBND tỉnh",
        unit: "35",
        roles: &[Role::Secretary],
        part: Some(Part::Secretary),
    },
    Sample {
        role: "admin",
        user: "quantri",
        name: "Vũ Thị Mai Hương",
        position: "Quản trị hệ thống, Trung tâm CNTT",
        unit: "35",
        roles: &[Role::Admin],
        part: None,
    },
    Sample {
        role: "technician",
        user: "kythuat",
        name: "Đỗ Văn Khoa",
        position: "Trực kỹ thuật, Trung tâm CNTT",
        unit: "35",
        roles: &[Role::Technician],
        part: None,
    },
    person(
        "presenter",
        "gdkhdt",
        "Hoàng Thị Bích Ngọc",
        "Giám đốc Sở Kế hoạch và Đầu tư",
        ("35", Part::Presenter),
    ),
    person(
        "presenter",
        "gdtnmt",
        "Phạm Thị Ngọc Yến",
        "Giám đốc Sở Tài nguyên và Môi trường",
        ("35", Part::Presenter),
    ),
    person(
        "delegate",
        "pctthinh",
        "Nguyễn Đức Thịnh",
        "Phó Chủ tịch UBND tỉnh",
        ("35", Part::Delegate),
    ),
    person("delegate", "ctphuly", "Lê Hồng Kỳ", "Chủ tịch UBND thành phố", ("347", Part::Delegate)),
    person(
        "delegate",
        "ctduytien",
        "Bùi Thị Thu Hà",
        "Chủ tịch UBND thị xã",
        ("349", Part::Delegate),
    ),
    person(
        "delegate",
        "ctkimbang",
        "Đặng Quốc Bảo",
        "Chủ tịch UBND huyện",
        ("350", Part::Delegate),
    ),
    person("delegate", "ctthanhliem", "Ngô Văn Mỹ", "Chủ tịch UBND huyện", ("351", Part::Delegate)),
    person("delegate", "ctlynhan", "Trịnh Thị Ánh", "Chủ tịch UBND huyện", ("353", Part::Delegate)),
    person("guest", "baohanam", "Lại Thanh Tâm", "Phóng viên Báo Hà Nam", ("35", Part::Guest)),
];

const fn person(
    role: &'static str,
    user: &'static str,
    name: &'static str,
    position: &'static str,
    (unit, part): (&'static str, Part),
) -> Sample {
    Sample { role, user, name, position, unit, roles: &[], part: Some(part) }
}
