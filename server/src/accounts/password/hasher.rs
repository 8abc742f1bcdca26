//! Hashing with Argon2id, few at a time.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::accounts::password::profile::normal;
use crate::accounts::refusal::{AccountError, AccountRefusal};
use crate::accounts::secret;
use crate::store::StoreError;

/// The memory of one hash in KiB, the passes and the lanes.
///
/// # Source
/// OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes passwords on threads of their own, so that a storm of sign-ins takes no more than its
/// share of the processors, and no more memory than these: a thread keeps what it had for its last
/// hash, and a pool of many that take turns would keep that many times as much.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    threads: Arc<ThreadPool>,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// What unknown accounts are compared with, so that they take as long as known ones.
    dummy: Arc<str>,
}

impl Hasher {
    /// Hashes so many at once, while so many wait.
    ///
    /// # Errors
    /// [`StoreError::Key`] when the system has no randomness.
    pub(crate) fn new(at_once: u32, waiting: u32) -> Result<Self, StoreError> {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let at_once = size(at_once.max(1));
        let in_all = at_once.saturating_add(size(waiting));
        let threads = ThreadPoolBuilder::new()
            .num_threads(at_once)
            .thread_name(|number| format!("passwords-{number}"))
            // Whoever waits hears that nothing came of it.
            .panic_handler(|_| tracing::error!("a password could not be hashed"))
            .build()
            .map_err(|error| fault(&error))?;
        let nobody = Zeroizing::new(secret::identifier()?);
        let dummy = hash(&nobody, &[0; 32])?;
        Ok(Self {
            threads: Arc::new(threads),
            places: Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
            queue: Arc::new(Semaphore::new(in_all.min(Semaphore::MAX_PERMITS))),
            dummy: dummy.into(),
        })
    }

    /// How many more may wait.
    pub(crate) fn room(&self) -> usize {
        self.queue.available_permits()
    }

    /// The hash of a new password, with the pepper of its account.
    ///
    /// # Errors
    /// [`AccountRefusal::Busy`] when too many wait.
    pub(crate) async fn hash(
        &self,
        password: &str,
        pepper: [u8; 32],
    ) -> Result<String, AccountError> {
        let password = Zeroizing::new(normal(password));
        let hashed = self.run(move || hash(&password, &pepper)).await?;
        Ok(hashed?)
    }

    /// Whether a password is that of a hash; without a hash the answer is no, and takes as long.
    ///
    /// # Errors
    /// [`AccountRefusal::Busy`] when too many wait.
    pub(crate) async fn verify(
        &self,
        password: &str,
        pepper: [u8; 32],
        hashed: Option<&str>,
    ) -> Result<bool, AccountError> {
        let is_known = hashed.is_some();
        let hashed: Arc<str> = hashed.map_or_else(|| Arc::clone(&self.dummy), Into::into);
        let password = Zeroizing::new(normal(password));
        let fits = self.run(move || fits(&password, &pepper, &hashed)).await?;
        Ok(fits && is_known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let busy = |_| AccountError::from(AccountRefusal::Busy);
        let queued = Arc::clone(&self.queue).try_acquire_owned();
        let _queued = queued.map_err(|_| AccountRefusal::Busy)?;
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(busy)?;
        // A caller who goes away keeps the place until the thread is done.
        let (answer, answered) = oneshot::channel();
        self.threads.spawn(move || {
            let _place = place;
            // Nobody waits any more where the caller has gone away.
            let _sent = answer.send(work());
        });
        answered.await.map_err(|_| AccountRefusal::Busy.into())
    }
}

fn argon2(pepper: &[u8; 32]) -> Result<Argon2<'_>, StoreError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| fault(&error))?;
    Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
        .map_err(|error| fault(&error))
}

fn fault(error: &impl std::fmt::Display) -> StoreError {
    StoreError::Integrity(format!("密码不能计算:{error}"))
}

fn hash(password: &str, pepper: &[u8; 32]) -> Result<String, StoreError> {
    let salt = secret::random::<16>()?;
    let hashed = argon2(pepper)?.hash_password_with_salt(password.as_bytes(), &salt);
    let hashed: PasswordHash = hashed.map_err(|error| fault(&error))?;
    Ok(hashed.to_string())
}

fn fits(password: &str, pepper: &[u8; 32], hashed: &str) -> bool {
    let Ok(argon2) = argon2(pepper) else {
        return false;
    };
    let Ok(hashed) = PasswordHash::new(hashed) else {
        return false;
    };
    argon2.verify_password(password.as_bytes(), &hashed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_and_its_account_alone() {
        let hasher = Hasher::new(1, 4).unwrap();
        let hashed = hasher.hash("Tb7-mqvx", [1; 32]).await.unwrap();
        assert!(
            hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hashed}"
        );
        let again = hasher.hash("Tb7-mqvx", [1; 32]).await.unwrap();
        assert_ne!(hashed, again);
        for (password, pepper, fits) in [
            ("Tb7-mqvx", [1; 32], true),
            ("Tb7-mqvX", [1; 32], false),
            ("Tb7-mqvx", [2; 32], false),
            ("Tb7-mqvx", [1; 32], true),
        ] {
            let found = hasher
                .verify(password, pepper, Some(&hashed))
                .await
                .unwrap();
            assert_eq!(found, fits, "{password}");
        }
        assert!(!hasher.verify("Tb7-mqvx", [1; 32], None).await.unwrap());
        assert!(
            !hasher
                .verify("Tb7-mqvx", [1; 32], Some("nonsense"))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn whoever_comes_while_too_many_wait_is_sent_away() {
        let hasher = Hasher::new(1, 2).unwrap();
        let tries = (0..12).map(|_| hasher.verify("x", [0; 32], None));
        let tries: Vec<_> = tries.collect();
        let mut busy = 0;
        for answer in join_all(tries).await {
            match answer {
                Ok(fits) => assert!(!fits),
                Err(AccountError::Refused(AccountRefusal::Busy)) => busy += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(busy, 9);
    }

    /// Waits for all of them at once.
    async fn join_all<T>(work: Vec<impl Future<Output = T>>) -> Vec<T> {
        let mut work: Vec<_> = work.into_iter().map(|one| (Box::pin(one), None)).collect();
        std::future::poll_fn(move |context| {
            for (one, done) in &mut work {
                if done.is_none()
                    && let std::task::Poll::Ready(value) = one.as_mut().poll(context)
                {
                    *done = Some(value);
                }
            }
            if work.iter().any(|(_, done)| done.is_none()) {
                return std::task::Poll::Pending;
            }
            let done = work.iter_mut().filter_map(|(_, done)| done.take());
            std::task::Poll::Ready(done.collect())
        })
        .await
    }
}
