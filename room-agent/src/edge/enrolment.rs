//! The two questions of a room that nobody knows yet.

use protocol::enrol::{EnrolmentCode, EnrolmentRequest, EnrolmentState};
use serde::de::DeserializeOwned;

/// Asks for a code to show; `None` when the server cannot be reached or says no.
pub async fn code(
    client: &reqwest::Client,
    server: &str,
    public_key: String,
) -> Option<EnrolmentCode> {
    let request = EnrolmentRequest { protocol: protocol::VERSION, public_key };
    answer(client.post(format!("{server}/api/enrolments")).json(&request)).await
}

/// Asks whether somebody typed the code.
pub async fn state(client: &reqwest::Client, server: &str, secret: &str) -> Option<EnrolmentState> {
    answer(client.get(format!("{server}/api/enrolments/{secret}"))).await
}

async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Option<T> {
    let answer = request.send().await.and_then(reqwest::Response::error_for_status);
    let result = match answer {
        Ok(answer) => answer.json().await,
        Err(error) => Err(error),
    };
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::warn!(%error, "the server did not answer about enrolment");
            None
        }
    }
}
