//! What the server knows: the store, the policies with their index, and the facts of enterprises.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zhida_engine::diff::SweepFile;
use zhida_engine::interpreter::Context;
use zhida_engine::payouts::UserId;
use zhida_engine::snapshot::Snapshot;
use zhida_indexer::Index;
use zhida_policies::measure::library::Library;

use super::clock::Clock;
use super::fault::WebFault;
use super::visitor::Recogniser;
use super::watchers::{Watcher, Watchers};
use crate::accounts::Accounts;
use crate::arguments::Common;
use crate::payouts::settings::BureauSettings;
use crate::publishing::{Effect, InStep};
use crate::store::Store;
use crate::views::kept::Remembered;
use crate::views::sweep_sums::SweepSums;

/// How many go over all enterprises at a time.
const TURNS: usize = 2;
/// Of how many sweeps, each as somebody sees it, the sums are remembered.
const SUMS_MAX: usize = 64;
/// Of how many snapshots, each as somebody sees it, the number of enterprises is remembered.
const COUNTS_MAX: usize = 256;

/// Policies that are in force on this server, and their index.
pub(crate) struct Published {
    /// The checked policies, drafts apart.
    pub(crate) library: Library,
    /// Articles and measures, to be searched.
    pub(crate) index: Index,
    /// The digest of the policies.
    pub(crate) digest: String,
    /// How commands find these policies.
    pub(crate) common: Common,
    /// How many publications there were when they were read.
    pub(crate) edition: u32,
}

/// The facts of enterprises as of one day, and what a sweep over them came to.
pub(crate) struct Material {
    /// The facts.
    pub(crate) snapshot: Snapshot,
    /// Which year and day they are judged for.
    pub(crate) context: Context,
    /// Where the snapshot lies.
    pub(crate) folder: std::path::PathBuf,
    /// The last sweep over it.
    pub(crate) sweep: Option<SweepFile>,
}

/// What a server is made of.
pub(crate) struct ServerParts {
    /// What is kept.
    pub(crate) store: Arc<Store>,
    /// The data folder.
    pub(crate) folder: std::path::PathBuf,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Which policies the server was started with, before anything was published over them.
    pub(crate) base: Common,
    /// The settings of the bureaus of this installation.
    pub(crate) bureaus: Vec<BureauSettings>,
    /// Policies and their index.
    pub(crate) published: Published,
    /// Facts of enterprises, if there are any yet.
    pub(crate) material: Option<Material>,
    /// What people sign in with.
    pub(crate) accounts: Accounts,
    /// Who knows visitors.
    pub(crate) recogniser: Arc<dyn Recogniser>,
}

/// The state of a server; handlers share it.
pub(crate) struct Server {
    /// What is kept.
    pub(crate) store: Arc<Store>,
    /// The data folder.
    pub(crate) folder: std::path::PathBuf,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Which policies the server was started with, before anything was published over them.
    pub(crate) base: Common,
    /// The settings of the bureaus of this installation.
    pub(crate) bureaus: Vec<BureauSettings>,
    /// What people sign in with.
    pub(crate) accounts: Accounts,
    /// Who knows visitors.
    pub(crate) recogniser: Arc<dyn Recogniser>,
    /// What runs background work.
    pub(crate) handle: Handle,
    /// What sweeps came to among those whom somebody sees.
    pub(crate) sums: Remembered<SweepSums>,
    /// How many enterprises of a snapshot somebody sees.
    pub(crate) counts: Remembered<usize>,
    turns: Arc<Semaphore>,
    published: RwLock<Arc<Published>>,
    publishing: Mutex<()>,
    in_step: Mutex<InStep>,
    effects: Mutex<Vec<(String, Arc<Effect>)>>,
    watchers: Arc<Watchers>,
    material: RwLock<Option<Arc<Material>>>,
}

impl Server {
    /// Puts a server together; called where a runtime runs.
    pub(crate) fn new(parts: ServerParts) -> Arc<Self> {
        Arc::new(Self {
            store: parts.store,
            folder: parts.folder,
            clock: parts.clock,
            base: parts.base,
            bureaus: parts.bureaus,
            accounts: parts.accounts,
            recogniser: parts.recogniser,
            handle: Handle::current(),
            sums: Remembered::of_at_most(SUMS_MAX),
            counts: Remembered::of_at_most(COUNTS_MAX),
            turns: Arc::new(Semaphore::new(TURNS)),
            published: RwLock::new(Arc::new(parts.published)),
            publishing: Mutex::new(()),
            in_step: Mutex::default(),
            effects: Mutex::new(Vec::new()),
            watchers: Arc::default(),
            material: RwLock::new(parts.material.map(Arc::new)),
        })
    }

    /// Does what goes over all enterprises where it may take its time. Few do at once, and the rest
    /// waits, so that what is heavy cannot push out what people wait for. It keeps its turn to the
    /// end, also when whoever asked has gone.
    ///
    /// # Errors
    /// Work that broke off.
    pub(crate) async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WebFault> {
        let turn = self.turn().await?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        working.await.map_err(WebFault::broken)
    }

    /// Waits for a turn, which ends when it is dropped.
    ///
    /// # Errors
    /// A server that has stopped.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, WebFault> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(WebFault::broken)
    }

    /// The policies in force now. A request keeps the ones that it began with.
    pub(crate) fn published(&self) -> Arc<Published> {
        let published = self.published.read();
        Arc::clone(&published.unwrap_or_else(PoisonError::into_inner))
    }

    /// How commands find the policies in force now.
    pub(crate) fn common(&self) -> Common {
        let common = &self.published().common;
        Common::with(common.policies.clone(), common.vocabulary.clone())
    }

    /// Whoever holds this puts policies in force; the others wait.
    pub(crate) fn publishing(&self) -> MutexGuard<'_, ()> {
        let turn = self.publishing.lock();
        turn.unwrap_or_else(PoisonError::into_inner)
    }

    /// Which policies the server goes by, and what keeps it from others.
    pub(crate) fn in_step(&self) -> InStep {
        let in_step = self.in_step.lock();
        in_step.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes which policies the server goes by.
    pub(crate) fn keep_in_step(&self, now: InStep) {
        let in_step = self.in_step.lock();
        *in_step.unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Whether the policies of today could not be put in force.
    pub(crate) fn is_behind(&self) -> bool {
        let in_step = self.in_step();
        let today = self.clock.now().business_date();
        in_step.problem.is_some() || in_step.held.is_some_and(|(_, day)| day != today)
    }

    /// What was worked out of a proposal under this name.
    pub(crate) fn effect_of(&self, name: &str) -> Option<Arc<Effect>> {
        let kept = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| known == name);
        found.map(|(_, effect)| Arc::clone(effect))
    }

    /// Remembers what was worked out of a proposal, and of so many at most.
    pub(crate) fn keep_effect(&self, name: String, effect: Arc<Effect>, count_max: usize) {
        let mut kept = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= count_max {
            kept.remove(0);
        }
        kept.push((name, effect));
    }

    /// A place for somebody who wants to be told as something goes on; none where he has too many.
    pub(crate) fn watch(&self, user: &UserId) -> Option<Watcher> {
        Watchers::take(&self.watchers, user)
    }

    /// Puts other policies in force.
    pub(crate) fn publish(&self, published: Published) {
        let now = self.published.write();
        *now.unwrap_or_else(PoisonError::into_inner) = Arc::new(published);
    }

    /// The facts of enterprises now, if there are any.
    pub(crate) fn material(&self) -> Option<Arc<Material>> {
        let material = self.material.read();
        material.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other facts in their place.
    pub(crate) fn replace_material(&self, material: Arc<Material>) {
        let now = self.material.write();
        *now.unwrap_or_else(PoisonError::into_inner) = Some(material);
    }

    /// The settings of a bureau.
    pub(crate) fn bureau(&self, id: &zhida_engine::payouts::BureauId) -> Option<&BureauSettings> {
        self.bureaus.iter().find(|settings| settings.id() == *id)
    }
}
