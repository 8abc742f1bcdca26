//! The jobs of a server: one thread does what waits, and what comes of it is put to use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use zhida_engine::payouts::Actor;

use crate::command::Hand;
use crate::failure::Failure;
use crate::materials;
use crate::payouts::desk::Desk;
use crate::payouts::keys::Keys;
use crate::store::Address;
use crate::views::my_measures;
use crate::web::Server;

/// How long the worker rests when nothing waits.
const REST: Duration = Duration::from_millis(200);

/// Starts the worker; it ends soon after the flag is set, and what it had in hand lies in the
/// queue again.
pub(crate) fn start(
    server: Arc<Server>,
    store: Option<Address>,
    stop: Arc<AtomicBool>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            if let Err(failure) = work(&server, store.as_ref(), &stop) {
                tracing::error!(?failure, "job worker begins again");
            }
            thread::sleep(REST);
        }
    })
}

/// Works until the flag is set or something fails that is not the matter of one job.
fn work(
    server: &Arc<Server>,
    store: Option<&Address>,
    stop: &Arc<AtomicBool>,
) -> Result<(), Failure> {
    let mut hand = Hand::new(&desk(server)?, store, Arc::clone(stop))?;
    while !stop.load(Ordering::Relaxed) {
        let mut desk = desk(server)?;
        match hand.take_up(&mut desk)? {
            Some(job) => {
                tracing::info!(job = %job.id, kind = %job.kind, "job ended");
                refresh(server)?;
            }
            None => thread::sleep(REST),
        }
    }
    Ok(())
}

/// Registers what jobs have made, and shows the last of it.
pub(crate) fn refresh(server: &Arc<Server>) -> Result<(), Failure> {
    let desk = desk(server)?;
    let found = materials::discover(&desk, &server.folder)?;
    if found > 0 || server.material().is_none() {
        let published = server.published();
        if let Some(material) = materials::open_last(&desk, &server.folder, &published.library)? {
            let material = Arc::new(material);
            // What is wrong with the last sweep is told to whoever looks at it.
            if let Err(failure) = my_measures::prepare(&published, &material) {
                tracing::error!(?failure, "last sweep cannot be shown");
            }
            server.replace_material(material);
        }
    }
    Ok(())
}

fn desk(server: &Arc<Server>) -> Result<Desk, Failure> {
    Ok(Desk::lent(
        server.handle.clone(),
        Arc::clone(&server.store),
        Actor::System,
        server.clock.now(),
        Keys::new(None)?,
    ))
}
