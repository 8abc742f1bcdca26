//! What goes on beside the requests: deliveries, and reminders on their days.

use std::sync::Arc;
use std::time::Duration;

use zhida_engine::payouts::Moment;

use crate::messages::courier::Courier;
use crate::messages::reminders;
use crate::store::{Answered, Store};

/// How often is looked for reminders that are due.
const LOOK: Duration = Duration::from_secs(600);

/// Delivers and reminds until the future is dropped; what is being delivered then is delivered
/// again later.
pub(crate) async fn carry(courier: Courier, store: Arc<Store>, now: impl Fn() -> Moment) {
    let deliver = courier.run(|| now().0);
    let remind = async {
        loop {
            match reminders::remind(&store, now()).await {
                Ok(answers) => {
                    for answer in &answers {
                        if let Answered::Refused { code, message, .. } = answer {
                            tracing::warn!(target: "zhida::messages", code, message, "没有提醒");
                        }
                    }
                    if !answers.is_empty() {
                        courier.nudge();
                    }
                }
                Err(error) => {
                    let error = error.to_string();
                    tracing::error!(target: "zhida::messages", error, "没有提醒");
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::join!(deliver, remind);
}
