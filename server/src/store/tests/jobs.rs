//! Jobs: one at a time works on each, and a kill loses none.

use super::support::Place;
use crate::store::database::Transaction;
use crate::store::error::StoreError;
use crate::store::jobs::{self, Claim, JobState, NewJob, Progress};

on_both_databases!(
    a_job_goes_from_asking_to_its_result,
    a_job_left_by_a_kill_is_claimed_again,
    jobs_come_in_the_order_of_asking,
    asking_twice_makes_one_job,
    a_cancelled_job_stops_its_worker,
    the_jobs_of_a_holder_that_is_gone_are_put_back,
);

const SPAN: i64 = 1000;

fn claim_at(now: i64, holder: &str) -> Claim<'_> {
    let span = SPAN;
    Claim { holder, now, span }
}

async fn ask(transaction: &mut Transaction, id: &str, now: i64) {
    let (kind, arguments) = ("sweep", r#"{"as_of":"2026-06-30"}"#);
    let job = NewJob {
        id,
        kind,
        arguments,
    };
    jobs::ask(transaction, job, now).await.unwrap();
}

async fn a_job_goes_from_asking_to_its_result(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    let none = jobs::claim(&mut transaction, "sweep", claim_at(10, "a"))
        .await
        .unwrap();
    assert_eq!(none, None);
    ask(&mut transaction, "j", 10).await;
    let other = jobs::claim(&mut transaction, "import", claim_at(10, "a"))
        .await
        .unwrap();
    assert_eq!(other, None);
    let claimed = jobs::claim(&mut transaction, "sweep", claim_at(20, "a")).await;
    let (job, lease) = claimed.unwrap().unwrap();
    assert_eq!(
        (job.state, job.fence, job.lease_until),
        (JobState::Running, 1, Some(1020))
    );
    assert_eq!(job, jobs::find(&mut transaction, "j").await.unwrap());
    let progress = Progress { done: 3, total: 9 };
    jobs::renew(&mut transaction, &lease, progress, claim_at(500, "a"))
        .await
        .unwrap();
    let job = jobs::find(&mut transaction, "j").await.unwrap();
    assert_eq!((job.done, job.total, job.lease_until), (3, 9, Some(1500)));
    jobs::check(&mut transaction, &lease).await.unwrap();
    jobs::finish(&mut transaction, &lease, &[4; 32], 600)
        .await
        .unwrap();
    let job = jobs::find(&mut transaction, "j").await.unwrap();
    assert_eq!(
        (job.state, job.result, job.holder),
        (JobState::Done, Some([4; 32]), None)
    );
    let none = jobs::claim(&mut transaction, "sweep", claim_at(9999, "a"))
        .await
        .unwrap();
    assert_eq!(none, None);
    let error = jobs::finish(&mut transaction, &lease, &[5; 32], 700)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::StaleLease { .. }), "{error}");
    transaction.commit().await.unwrap();
}

async fn a_job_left_by_a_kill_is_claimed_again(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    ask(&mut transaction, "j", 0).await;
    let first = jobs::claim(&mut transaction, "sweep", claim_at(0, "a"))
        .await
        .unwrap();
    let (_, first) = first.unwrap();
    let early = jobs::claim(&mut transaction, "sweep", claim_at(999, "b"))
        .await
        .unwrap();
    assert_eq!(early, None);
    let second = jobs::claim(&mut transaction, "sweep", claim_at(1000, "b"))
        .await
        .unwrap();
    let (job, second) = second.unwrap();
    assert_eq!((job.fence, job.holder.as_deref()), (2, Some("b")));
    // The first was only asleep: nothing it does counts any more.
    let progress = Progress { done: 1, total: 1 };
    let claim = claim_at(1001, "a");
    let told = jobs::renew(&mut transaction, &first, progress, claim)
        .await
        .unwrap_err();
    assert_eq!(told.to_string(), "任务“j”的租约 1 已失效,现在是 running 2");
    assert!(jobs::check(&mut transaction, &first).await.is_err());
    assert!(
        jobs::finish(&mut transaction, &first, &[1; 32], 1002)
            .await
            .is_err()
    );
    assert!(
        jobs::fail(&mut transaction, &first, "x", 1002)
            .await
            .is_err()
    );
    jobs::fail(&mut transaction, &second, "文件读不到", 1003)
        .await
        .unwrap();
    let job = jobs::find(&mut transaction, "j").await.unwrap();
    assert_eq!(
        (job.state, job.message.as_deref()),
        (JobState::Failed, Some("文件读不到"))
    );
    assert_eq!((job.done, job.result), (0, None));
}

async fn jobs_come_in_the_order_of_asking(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    for (id, now) in [("c", 5), ("b", 7), ("a", 7)] {
        ask(&mut transaction, id, now).await;
    }
    let mut order = Vec::new();
    while let Some((job, _)) = jobs::claim(&mut transaction, "sweep", claim_at(9, "w"))
        .await
        .unwrap()
    {
        order.push(job.id);
    }
    assert_eq!(order, ["c", "a", "b"]);
    let listed = jobs::list(&mut transaction, 2).await.unwrap();
    let listed: Vec<&str> = listed.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(listed, ["b", "a"]);
}

async fn asking_twice_makes_one_job(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    ask(&mut transaction, "j", 1).await;
    jobs::claim(&mut transaction, "sweep", claim_at(2, "w"))
        .await
        .unwrap()
        .unwrap();
    ask(&mut transaction, "j", 3).await;
    let job = jobs::find(&mut transaction, "j").await.unwrap();
    assert_eq!((job.state, job.created_at), (JobState::Running, 1));
    let (id, kind, arguments) = ("j", "sweep", "{}");
    let other = jobs::ask(
        &mut transaction,
        NewJob {
            id,
            kind,
            arguments,
        },
        4,
    )
    .await;
    assert!(matches!(other, Err(StoreError::Name { .. })));
    let missing = jobs::find(&mut transaction, "none").await.unwrap_err();
    assert!(matches!(missing, StoreError::UnknownJob(_)), "{missing}");
}

async fn a_cancelled_job_stops_its_worker(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    ask(&mut transaction, "j", 0).await;
    let claimed = jobs::claim(&mut transaction, "sweep", claim_at(0, "w"))
        .await
        .unwrap();
    let (_, lease) = claimed.unwrap();
    let state = jobs::cancel(&mut transaction, "j", 1).await.unwrap();
    assert_eq!(state, JobState::Cancelled);
    let progress = Progress { done: 1, total: 1 };
    let renewed = jobs::renew(&mut transaction, &lease, progress, claim_at(2, "w")).await;
    assert!(matches!(renewed, Err(StoreError::StaleLease { .. })));
    let none = jobs::claim(&mut transaction, "sweep", claim_at(9999, "w"))
        .await
        .unwrap();
    assert_eq!(none, None);
    // What has ended stays as it ended.
    ask(&mut transaction, "k", 3).await;
    let claimed = jobs::claim(&mut transaction, "sweep", claim_at(3, "w"))
        .await
        .unwrap();
    jobs::finish(&mut transaction, &claimed.unwrap().1, &[1; 32], 4)
        .await
        .unwrap();
    let state = jobs::cancel(&mut transaction, "k", 5).await.unwrap();
    assert_eq!(state, JobState::Done);
}

async fn the_jobs_of_a_holder_that_is_gone_are_put_back(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    for id in ["a", "b"] {
        ask(&mut transaction, id, 0).await;
    }
    let gone = jobs::claim(&mut transaction, "sweep", claim_at(0, "gone"))
        .await
        .unwrap();
    let alive = jobs::claim(&mut transaction, "sweep", claim_at(0, "alive"))
        .await
        .unwrap();
    let back = jobs::put_back(&mut transaction, "gone", 1).await.unwrap();
    assert_eq!(back, 1);
    let again = jobs::claim(&mut transaction, "sweep", claim_at(1, "new"))
        .await
        .unwrap();
    let (job, lease) = again.unwrap();
    assert_eq!((job.id.as_str(), lease.fence), ("a", 2));
    assert!(
        jobs::check(&mut transaction, &gone.unwrap().1)
            .await
            .is_err()
    );
    jobs::check(&mut transaction, &alive.unwrap().1)
        .await
        .unwrap();
}
