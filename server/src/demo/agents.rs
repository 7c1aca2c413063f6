//! Rooms of the sample province: a folder each, enrolled as any device is, so that a demo can
//! start them without anybody typing codes.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use meeting::{Actor, PointId};
use protocol::enrol::{EnrolmentRequest, EnrolmentState};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::Serialize;

use super::keys::put;
use crate::papers::write_secret;
use crate::rooms::Rooms;
use crate::store::points::Point;

/// A room whose device is enrolled.
#[derive(Clone, Debug, Serialize)]
pub struct MadeAgent {
    /// Its point.
    pub point: PointId,
    /// The point's name.
    pub name: String,
    /// The folder with `agent.toml`.
    pub folder: PathBuf,
}

/// What every room of the demo has in common.
pub(super) struct Setup<'a> {
    /// The server's address.
    pub(super) url: &'a str,
    /// Who vouches for it by https.
    pub(super) authority: Option<&'a Path>,
    /// The PDF library.
    pub(super) pdfium: Option<&'a Path>,
}

/// Makes the folder of a room and enrols its device: it asks, an admin types, it learns.
pub(super) async fn enrol(
    rooms: &Rooms,
    admin: &Actor,
    (number, point): (usize, &Point),
    folder: PathBuf,
    setup: &Setup<'_>,
) -> anyhow::Result<MadeAgent> {
    write_config(&folder, setup)?;
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("no device key could be made"))?;
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref())
        .map_err(|error| anyhow::anyhow!("the new device key is none: {error}"))?;
    write_secret(&folder.join("device.key"), pkcs8.as_ref())?;
    let public_key = STANDARD.encode(pair.public_key().as_ref());

    let address = address(number)?;
    let request = EnrolmentRequest { protocol: protocol::VERSION, public_key };
    let code = rooms.enrolments.ask(&request, address).await?;
    rooms.confirm(admin, &code.code, point.id, address).await?;
    match rooms.enrolments.state(&code.secret).await? {
        EnrolmentState::Enrolled(enrolled) => {
            write_secret(&folder.join("identity.json"), &serde_json::to_vec(&enrolled)?)?;
            Ok(MadeAgent { point: point.id, name: point.name.clone(), folder })
        }
        state => anyhow::bail!("{} was not enrolled: {state:?}", point.name),
    }
}

/// Writes `agent.toml` of a room that shows a test picture and says a tone: a demo has no cameras.
pub(super) fn write_config(folder: &Path, setup: &Setup<'_>) -> anyhow::Result<()> {
    let mut text = format!(
        "# A room of the demo. A real room has a camera and a microphone.\n\
         server = {}\n\
         data_dir = {}\n\
         helper = \"Trực kỹ thuật: 0226 3852 000\"\n",
        quoted(setup.url),
        quoted(&folder.display().to_string()),
    );
    for (name, path) in [("pdfium", setup.pdfium), ("authority", setup.authority)] {
        if let Some(path) = path {
            let path = quoted(&path.display().to_string());
            text.extend([name, " = ", path.as_str(), "\n"]);
        }
    }
    text.push_str(
        "\n[picture]\nsource = \"test\"\nwidth = 320\nheight = 180\nframes_per_second = 15\n\
         \n[sound]\nmicrophone = \"tone\"\ntone_hz = 440\n\
         \n[screen]\nkind = \"window\"\nwidth = 1920\nheight = 1080\nfullscreen = false\n",
    );
    put(&folder.join("agent.toml"), text.as_bytes())
}

/// A value of the configuration: a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Every device asks from an address of its own, as rooms do, and so counts for itself.
fn address(number: usize) -> anyhow::Result<IpAddr> {
    let number = u32::try_from(number).context("too many agents")?;
    Ok(IpAddr::V4(Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 0).to_bits() + number)))
}
