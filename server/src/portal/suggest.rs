//! Suggestions while somebody types.

use axum::Json;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use zhida_indexer::Suggestion;

use super::parts::encoded;
use crate::web::{Access, Ask, Place, WebFault};

/// How many suggestions are given.
const SUGGESTIONS: usize = 8;
/// A longer text is no beginning of a name.
const TYPED_CHARACTERS_MAX: usize = 60;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![Place::get("/suggest", Access::Public, suggest)]
}

/// What was typed.
#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    q: String,
}

async fn suggest(ask: Ask, Query(question): Query<Question>) -> Result<Response, WebFault> {
    let typed: String = question.q.chars().take(TYPED_CHARACTERS_MAX).collect();
    let published = ask.server.published();
    let found = published.index.suggest(&typed, SUGGESTIONS);
    let found = found.map_err(WebFault::broken)?;
    let line = |suggestion: &Suggestion| {
        let path = match &suggestion.measure_id {
            Some(measure) => format!("/measures/{}/{}", suggestion.policy_id, encoded(measure)),
            None => format!("/policies/{}", encoded(&suggestion.policy_id)),
        };
        json!({
            "name": suggestion.name.text, "marks": suggestion.name.marked(),
            "kind": suggestion.kind.code(), "path": path,
        })
    };
    let lines: Vec<serde_json::Value> = found.iter().map(line).collect();
    Ok(Json(lines).into_response())
}
