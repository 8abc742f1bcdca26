//! `zhida job run`: what waits is done, one job after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::pulse::{Heart, Pulse};
use super::queue::{LEASE, Worker};
use super::work::Work;
use crate::command::sweep::interrupted;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output, note};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::store::Address;
use crate::store::encoding::hex;
use crate::store::jobs::{Job, JobState, Lease};

/// How often a claim is renewed in the time that it lasts.
const BEATS: u32 = 4;

/// 逐个办完排队的任务,先提出的先办;Ctrl-C 把手上的任务放回队列
#[derive(Args, Debug)]
#[command(override_usage = "zhida job run [选项]")]
pub(super) struct Run {
    /// 只办一个
    #[arg(long)]
    once: bool,
}

impl Run {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        arguments: &DeskArguments,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let mut shift = Shift {
            worker: Worker::new(desk, arguments.store.as_ref())?,
            interrupted: interrupted()?,
            status: Status::Done,
        };
        shift.worker.begin(desk)?;
        let mut jobs = 0_u64;
        while let Some((job, lease)) = shift.worker.claim(desk)? {
            shift.carry_out(desk, &job, &lease, output)?;
            output.flush()?;
            jobs = jobs.saturating_add(1);
            if self.once || shift.status == Status::Interrupted {
                break;
            }
        }
        if jobs == 0 && output.form() == Form::People {
            output.line("没有等着办的任务")?;
        }
        Ok(shift.status)
    }
}

/// What a server does with its jobs, beside everything else that it does.
pub(crate) struct Hand(Shift);

impl Hand {
    /// A hand of this process; jobs stop when the flag is set, and lie in the queue again.
    pub(crate) fn new(
        desk: &Desk,
        store: Option<&Address>,
        interrupted: Arc<AtomicBool>,
    ) -> Result<Self, Failure> {
        let shift = Shift {
            worker: Worker::new(desk, store)?,
            interrupted,
            status: Status::Done,
        };
        shift.worker.begin(desk)?;
        Ok(Self(shift))
    }

    /// Does the oldest job that waits; what it was, if there was one.
    pub(crate) fn take_up(&mut self, desk: &mut Desk) -> Result<Option<Job>, Failure> {
        let Some((job, lease)) = self.0.worker.claim(desk)? else {
            return Ok(None);
        };
        self.0.carry_out(desk, &job, &lease, &mut Output::kept())?;
        Ok(Some(job))
    }
}

/// One process at its jobs.
struct Shift {
    worker: Worker,
    interrupted: Arc<AtomicBool>,
    /// How the last job ended that was not done.
    status: Status,
}

impl Shift {
    fn carry_out(
        &mut self,
        desk: &mut Desk,
        job: &Job,
        lease: &Lease,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let work = Work::of(job);
        let title = work.as_ref().map_or("任务", Work::chinese);
        let pulse = Arc::new(Pulse::new(title));
        let heart = self.heart(desk, lease).beat(Arc::clone(&pulse));
        let heart = desk.handle().spawn(heart);
        let (done, work) = match work {
            Ok(work) => (
                work.carry_out((job, lease), desk, &pulse, output),
                Some(work),
            ),
            Err(error) => (Err(error), None),
        };
        pulse.end();
        let stopped = desk.handle().block_on(heart);
        stopped.map_err(|error| Failure::bad_data(format!("后台线程出错:{error}"), ""))?;
        if let Some(lost) = pulse.take_lost() {
            // Whoever has the job now ends it.
            note(format_args!("任务 {} 已不归这个进程:{lost}", job.id));
            self.status = Status::Refused;
            return Ok(());
        }
        drop(pulse);
        let told = match done {
            Ok(result) => {
                self.worker.finish(desk, lease, &result)?;
                settle(work.as_ref(), job);
                told(output, job, title, JobState::Done, &hex(&result))
            }
            Err(Failure::Said {
                status: Status::Interrupted,
                ..
            }) => {
                self.status = Status::Interrupted;
                self.worker.put_back(desk)?;
                note(format_args!(
                    "已中断:任务 {} 放回队列,下次 job run 从头再做",
                    job.id
                ));
                told(output, job, title, JobState::Queued, "")
            }
            Err(Failure::Said {
                status,
                message,
                help,
            }) => {
                self.status = status;
                let message = match help.is_empty() {
                    true => message,
                    false => format!("{message};{help}"),
                };
                self.worker.fail(desk, lease, &message)?;
                told(output, job, title, JobState::Failed, &message)
            }
            Err(error @ Failure::Output(_)) => {
                self.worker.put_back(desk)?;
                Err(error)
            }
        };
        // Work that cannot stop in the middle is done when Ctrl-C comes; the next is not begun.
        if self.interrupted.load(Ordering::Relaxed) {
            self.status = Status::Interrupted;
        }
        told
    }

    fn heart(&self, desk: &Desk, lease: &Lease) -> Heart {
        Heart {
            database: desk.store.database.clone(),
            lease: lease.clone(),
            holder: self.worker.holder.clone(),
            clock: self.worker.clock,
            interrupted: Arc::clone(&self.interrupted),
            beat: LEASE.checked_div(BEATS).unwrap_or(Duration::from_secs(1)),
        }
    }
}

/// Does what is left once a job is told to be done; a name too many is no reason to stop.
fn settle(work: Option<&Work>, job: &Job) {
    if let Some(Err(error)) = work.map(|work| work.settle(job)) {
        tracing::warn!(?error, job = %job.id, "a passing name of an answer stays");
    }
}

fn told(
    output: &mut Output,
    job: &Job,
    title: &str,
    state: JobState,
    what: &str,
) -> Result<(), Failure> {
    match (output.form(), state) {
        (Form::Json, JobState::Failed) => output.json(&json!({
            "job": job.id, "kind": job.kind, "state": state.word(), "message": what,
        })),
        (Form::Json, _) => output.json(&json!({
            "job": job.id, "kind": job.kind, "state": state.word(),
            "digest": (!what.is_empty()).then_some(what),
        })),
        (Form::People, JobState::Done) => {
            output.line(format_args!("任务 {}:{title}完成,摘要 {what}", job.id))
        }
        (Form::People, JobState::Failed) => {
            output.line(format_args!("任务 {}:{title}没有办成:{what}", job.id))
        }
        (Form::People, JobState::Queued | JobState::Running | JobState::Cancelled) => Ok(()),
    }
}
