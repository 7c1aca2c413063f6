//! `GET /api/papers/{sha256}/proof`: that a paper is in the ledger, for whoever checks himself.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::{Entry, Hash, SignedHead};
use meeting::{Digest, MeetingId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Problem;
use super::auth::Reader;
use super::problem::ProblemBody;
use crate::app::App;
use crate::papers::LedgerError;
use crate::store::papers;

/// A proof that a browser checks by itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProofBody {
    /// What the ledger says about the paper.
    #[schema(value_type = Object)]
    entry: Entry,
    /// The entry's place, from 0.
    index: u64,
    /// The sibling hashes from leaf to root, hexadecimal (RFC 9162, section 2.1.3).
    #[schema(value_type = Vec<String>)]
    path: Vec<Hash>,
    /// The signed head that the path leads to.
    #[schema(value_type = Object)]
    head: SignedHead,
    /// The server's head key: an uncompressed P-256 point, base64.
    head_key: String,
    /// The verification report of the signature in the file.
    #[schema(value_type = Object)]
    verdict: serde_json::Value,
}

/// The newest entry about these bytes in a meeting that the reader may see.
#[utoipa::path(get, path = "/api/papers/{sha256}/proof", tag = "papers",
    params(("sha256" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = ProofBody), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody, description = "ABSENT, or NOT_ISSUED")))]
pub(crate) async fn get(
    State(app): State<App>,
    Reader(reader): Reader,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    let sha256: Digest = sha256.parse().map_err(|_| Problem::absent())?;
    let readable = app.papers.library.readable_in(&reader, &sha256).await?;
    if readable.is_empty() {
        return Err(Problem::absent());
    }
    let kept = papers::find_file(&mut *app.db.read().await?, &sha256).await?;
    let kept = kept.ok_or_else(Problem::absent)?;
    let verdict = serde_json::from_str(&kept.report).map_err(|error| Problem::failed(&error))?;
    let (head, proven) = app.papers.ledger.prove_file(&sha256, app.edge.now()).await?;
    let seen = |entry: &Entry| {
        let Entry::PaperIssued { meeting, .. } = entry else { return false };
        readable.contains(&MeetingId::new(Uuid::from_bytes(*meeting)))
    };
    let newest = proven.into_iter().rfind(|proven| seen(&proven.entry)).ok_or_else(|| {
        Problem::refused(StatusCode::NOT_FOUND, "NOT_ISSUED", "the paper was not issued yet")
    })?;
    let body = ProofBody {
        entry: newest.entry,
        index: newest.proof.index,
        path: newest.proof.path,
        head,
        head_key: app.papers.keys.head_key(),
        verdict,
    };
    let fresh = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((fresh, Json(body)).into_response())
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Store(error) => error.into(),
            error => Self::failed(&error),
        }
    }
}
