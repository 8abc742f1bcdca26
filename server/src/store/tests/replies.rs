//! A command that comes twice is answered with the same bytes.

use super::support::Place;
use crate::store::database::Database;
use crate::store::error::StoreError;
use crate::store::log::{self, NewEvent};
use crate::store::replies;

on_both_databases!(
    the_same_command_gets_the_same_reply,
    a_key_is_never_used_twice,
    sixteen_at_once_are_done_once,
    a_key_is_a_short_line,
);

/// Does the command of this digest once, and answers.
async fn obey(database: &Database, key: &str, command: [u8; 32]) -> Result<Vec<u8>, StoreError> {
    database
        .write(|mut transaction| async move {
            if let Some(reply) = replies::find(&mut transaction, key, &command).await? {
                return Ok(reply.bytes);
            }
            let event = NewEvent {
                at: 1,
                kind: "k".to_owned(),
                body: command.to_vec(),
            };
            let appended = log::append(&mut transaction, &[event]).await?;
            let reply = format!("第 {} 条\0\u{ff}", appended.last).into_bytes();
            let (events, at) = (Some(&appended), 5);
            replies::keep(&mut transaction, key, &command, events, &reply, at).await?;
            Ok(reply)
        })
        .await
}

async fn the_same_command_gets_the_same_reply(place: &Place) {
    let database = place.open().await;
    let first = obey(&database, "k1", [1; 32]).await.unwrap();
    let other = obey(&database, "k2", [1; 32]).await.unwrap();
    assert_ne!(first, other);
    database.close().await;
    let database = place.open().await;
    for _ in 0..10 {
        assert_eq!(obey(&database, "k1", [1; 32]).await.unwrap(), first);
    }
    let mut reader = database.read().await.unwrap();
    let reply = replies::find(&mut reader, "k2", &[1; 32]).await.unwrap();
    assert_eq!(reply.unwrap().events, Some((2, 2)));
    assert_eq!(
        replies::find(&mut reader, "k3", &[1; 32]).await.unwrap(),
        None
    );
    assert_eq!(log::frontier(&mut reader).await.unwrap().size(), 2);
}

async fn a_key_is_never_used_twice(place: &Place) {
    let database = place.open().await;
    let first = obey(&database, "k", [1; 32]).await.unwrap();
    let error = obey(&database, "k", [2; 32]).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::KeyReused(key) if key == "k"),
        "{error}"
    );
    assert_eq!(obey(&database, "k", [1; 32]).await.unwrap(), first);
    let mut transaction = database.begin().await.unwrap();
    let kept = replies::keep(&mut transaction, "k", &[2; 32], None, b"x", 1).await;
    assert!(kept.unwrap_err().is_duplicate());
}

async fn sixteen_at_once_are_done_once(place: &Place) {
    let database = place.open().await;
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let database = database.clone();
        tasks.push(tokio::spawn(
            async move { obey(&database, "k", [3; 32]).await },
        ));
    }
    let mut replies = Vec::new();
    for task in tasks {
        replies.push(task.await.unwrap().unwrap());
    }
    replies.dedup();
    assert_eq!(replies.len(), 1);
    let mut reader = database.read().await.unwrap();
    assert_eq!(log::frontier(&mut reader).await.unwrap().size(), 1);
}

async fn a_key_is_a_short_line(place: &Place) {
    let database = place.open().await;
    let long = "k".repeat(201);
    for key in ["", "  ", "a\nb", "a\0b", long.as_str()] {
        let error = obey(&database, key, [1; 32]).await.unwrap_err();
        assert!(matches!(error, StoreError::Name { .. }), "{error}");
    }
    obey(&database, &"键".repeat(200), [1; 32]).await.unwrap();
}
