//! `diemcau-seal`: signs and judges PDF files on the command line.
//!
//! `verify` prints one JSON object a line for each file and ends with 0 when all were accepted,
//! 1 when any was refused, 2 on misuse. `sign` writes the sealed file, or ends with 1.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand};
use ring::rand::SystemRandom;
use seal::{Code, FileKey, Proof, RsaPadding, SealRequest, SignerInfo, Trust};
use serde::Serialize;

/// Signs PDF files and judges signed ones.
#[derive(Parser)]
#[command(name = "diemcau-seal", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judges files: one JSON object a line.
    Verify(VerifyArguments),
    /// Seals a file that nobody signed yet.
    Sign(SignArguments),
}

#[derive(Args)]
struct VerifyArguments {
    /// Folder of trusted certificates (DER or PEM).
    #[arg(long, value_name = "DIR")]
    anchors: PathBuf,
    /// Folder of revocation lists (DER or PEM); without it revocation is unknown and refuses.
    #[arg(long, value_name = "DIR")]
    crls: Option<PathBuf>,
    /// Folder of OCSP responses (DER).
    #[arg(long, value_name = "DIR")]
    ocsp: Option<PathBuf>,
    /// Folder of certificates that time stamps must lead to; without it they prove nothing.
    #[arg(long, value_name = "DIR")]
    tsa_anchors: Option<PathBuf>,
    /// Judge as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "RFC3339")]
    at: Option<jiff::Timestamp>,
    /// Text file with one allowed signer's common name a line.
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    /// The files to judge.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Args)]
struct SignArguments {
    /// Key and certificates.
    #[arg(long, value_name = "FILE")]
    pkcs12: PathBuf,
    /// File whose first line is the password of the key.
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
    /// Sign with RSASSA-PSS when the key is RSA; this is what happens without it, too.
    #[arg(long, conflicts_with = "pkcs1")]
    pss: bool,
    /// Sign with RSASSA-PKCS1-v1_5 when the key is RSA.
    #[arg(long)]
    pkcs1: bool,
    /// The file to seal.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Where to write the sealed file.
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

/// The invocation cannot be carried out as it stands.
struct Misuse(String);

/// One line of `verify`.
#[derive(Serialize)]
struct Line {
    file: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
    /// What the proof means, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    signers: Vec<SignerInfo>,
}

fn main() -> ExitCode {
    // clap ends the process with 2 when the command line makes no sense.
    let outcome = match Arguments::parse().command {
        Command::Verify(arguments) => verify(&arguments),
        Command::Sign(arguments) => sign(&arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Misuse(message)) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}

fn verify(arguments: &VerifyArguments) -> Result<bool, Misuse> {
    let trust = trust(arguments)?;
    let at = match arguments.at {
        Some(at) => u64::try_from(at.as_second()).map_err(|_| Misuse(format!("--at {at}")))?,
        None => now()?,
    };
    let mut all_accepted = true;
    let mut out = io::stdout().lock();
    for file in &arguments.files {
        let line = judge(file, &trust, at)?;
        all_accepted &= line.code.is_none();
        let json = serde_json::to_string(&line).map_err(|error| Misuse(error.to_string()))?;
        writeln!(out, "{json}").map_err(|error| Misuse(error.to_string()))?;
    }
    Ok(all_accepted)
}

fn judge(file: &Path, trust: &Trust, at: u64) -> Result<Line, Misuse> {
    let pdf = read(file)?;
    let name = file.display().to_string();
    Ok(match seal::verify(&pdf, trust, at) {
        Ok(verified) => Line {
            file: name,
            verdict: "accept",
            code: None,
            proof: Some(verified.proof),
            meaning: Some(verified.proof.sentence()),
            reason: None,
            detail: None,
            signers: verified.signers,
        },
        Err(refused) => Line {
            file: name,
            verdict: "refuse",
            code: Some(refused.code),
            proof: None,
            meaning: None,
            reason: Some(refused.code.sentence()),
            detail: Some(refused.detail),
            signers: Vec::new(),
        },
    })
}

fn trust(arguments: &VerifyArguments) -> Result<Trust, Misuse> {
    let misuse = |error: seal::TrustError| Misuse(error.to_string());
    let anchors = read_folder(&arguments.anchors, "CERTIFICATE")?;
    let mut trust = Trust::new(&anchors).map_err(misuse)?;
    if let Some(folder) = &arguments.crls {
        let lists = read_folder(folder, "X509 CRL")?;
        trust = trust.with_revocation_lists(&lists).map_err(misuse)?;
    }
    if let Some(folder) = &arguments.ocsp {
        let responses = read_folder(folder, "OCSP RESPONSE")?;
        trust = trust.with_ocsp_responses(&responses).map_err(misuse)?;
    }
    if let Some(folder) = &arguments.tsa_anchors {
        let anchors = read_folder(folder, "CERTIFICATE")?;
        trust = trust.with_time_stamp_anchors(&anchors).map_err(misuse)?;
    }
    if let Some(file) = &arguments.allow {
        let names = String::from_utf8(read(file)?)
            .map_err(|error| Misuse(format!("{}: {error}", file.display())))?;
        let names: BTreeSet<String> = names
            .lines()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        trust = trust.with_allowed_signers(names);
    }
    Ok(trust)
}

fn sign(arguments: &SignArguments) -> Result<bool, Misuse> {
    let misuse = |error: &dyn std::fmt::Display| Misuse(error.to_string());
    let password = String::from_utf8(read(&arguments.password_file)?).map_err(|e| misuse(&e))?;
    let password = password.lines().next().unwrap_or_default();
    let padding = if arguments.pkcs1 { RsaPadding::Pkcs1 } else { RsaPadding::Pss };
    let pkcs12 = read(&arguments.pkcs12)?;
    let key = FileKey::from_pkcs12(&pkcs12, password, padding, Box::new(SystemRandom::new()))
        .map_err(|error| misuse(&error))?;
    let request = SealRequest { field: "Seal".to_owned(), signed_at: now()?, reason: None };
    match seal::sign(&read(&arguments.input)?, &request, &key) {
        Ok(sealed) => {
            fs::write(&arguments.output, sealed)
                .map_err(|error| Misuse(format!("{}: {error}", arguments.output.display())))?;
            Ok(true)
        }
        Err(error) => {
            complain(&error.to_string());
            Ok(false)
        }
    }
}

/// The edge's one look at the clock.
#[expect(clippy::disallowed_methods, reason = "rule 9: the binary is the edge that reads time")]
fn now() -> Result<u64, Misuse> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|since| since.as_secs())
        .map_err(|_| Misuse("the clock stands before 1970".to_owned()))
}

fn read(file: &Path) -> Result<Vec<u8>, Misuse> {
    fs::read(file).map_err(|error| Misuse(format!("{}: {error}", file.display())))
}

/// Every file of a folder, in the order of their names, as DER.
fn read_folder(folder: &Path, label: &str) -> Result<Vec<Vec<u8>>, Misuse> {
    let misuse = |error: io::Error| Misuse(format!("{}: {error}", folder.display()));
    let mut files = fs::read_dir(folder)
        .map_err(misuse)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(misuse)?;
    files.retain(|file| file.is_file());
    files.sort();
    let mut ders = Vec::new();
    for file in files {
        let bytes = read(&file)?;
        let found = pem_blocks(&bytes, label);
        if found.is_empty() { ders.push(bytes) } else { ders.extend(found) }
    }
    Ok(ders)
}

/// The blocks of a PEM file; none when it is DER.
fn pem_blocks(bytes: &[u8], label: &str) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let begin = format!("-----BEGIN {label}-----");
    text.split(&begin)
        .skip(1)
        .filter_map(|rest| {
            let block = format!("{begin}{}-----END {label}-----\n", rest.split("-----END").next()?);
            let (_, der) = der::pem::decode_vec(block.as_bytes()).ok()?;
            Some(der)
        })
        .collect()
}

fn complain(message: &str) {
    // Nothing can be done about a standard error that is gone.
    let _ = writeln!(io::stderr(), "diemcau-seal: {message}");
}
