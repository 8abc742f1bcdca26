//! The key of the data folder, and what is done with it: sealing, and marks of secrets.
//!
//! # Shape
//! `vault.key` is 32 random bytes in a file that only the user of the process can read. From it
//! come a key that seals the seeds of second factors, and keyed hashes under which one-time codes,
//! sessions and tokens are kept. Whoever has the database alone can neither read a seed, nor try
//! passwords, nor put in a session or a password of his own.

use std::fs;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::accounts::secret;
use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::durable::{self, Readers};
use crate::store::encoding::{base64, from_base64, hex};
use crate::store::faults::Faults;
use crate::store::settings;

/// The file in the data folder.
const FILE: &str = "vault.key";
/// What its first line says.
const HEADER: &str = "zhida vault key 1";
/// The setting that holds the mark of the key, so that another key is not taken for it.
const SETTING: &str = "accounts.vault";
/// The bytes of a nonce of XChaCha20-Poly1305: long enough to be drawn at random.
const NONCE_BYTES: usize = 24;

/// What a mark is made for; the same secret has another mark for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The identifier of a session.
    Session,
    /// What a form of a session carries.
    Form,
    /// An API token.
    Token,
    /// A one-time code of an account.
    Code,
    /// A device from which somebody signed in before.
    Device,
    /// What is mixed into passwords of one account.
    Password,
    /// An idempotency key of somebody.
    Idempotency,
    /// The cookie of a visit to an identity service.
    #[cfg(feature = "openid")]
    Visit,
    /// The number of a person over there, in the log.
    #[cfg(feature = "openid")]
    Subject,
    /// What the service sends back with its answer.
    #[cfg(feature = "openid")]
    VisitState,
    /// What it writes into its token.
    #[cfg(feature = "openid")]
    VisitNonce,
    /// What shows that whoever exchanges a code is the one who went.
    #[cfg(feature = "openid")]
    VisitSecret,
    /// The key that seals.
    Seal,
    /// The key itself.
    Key,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Form => "form",
            Self::Token => "token",
            Self::Code => "code",
            Self::Device => "device",
            Self::Password => "password",
            Self::Idempotency => "idempotency",
            #[cfg(feature = "openid")]
            Self::Visit => "visit",
            #[cfg(feature = "openid")]
            Self::Subject => "subject",
            #[cfg(feature = "openid")]
            Self::VisitState => "visit state",
            #[cfg(feature = "openid")]
            Self::VisitNonce => "visit nonce",
            #[cfg(feature = "openid")]
            Self::VisitSecret => "visit secret",
            Self::Seal => "seal",
            Self::Key => "key",
        }
    }
}

/// The key of the data folder.
#[derive(Clone)]
pub(crate) struct Vault {
    key: Zeroizing<[u8; 32]>,
    path: PathBuf,
}

impl std::fmt::Debug for Vault {
    /// Without the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Vault({})", self.path.display())
    }
}

impl Vault {
    /// Opens the key of a data folder; makes it where there never was one.
    ///
    /// # Errors
    /// [`StoreError::Key`] when the file is lost, is another one, or can be read by others.
    pub(crate) async fn open(folder: &Path, database: &Database) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let mut transaction = database.read().await?;
        let known = settings::find(&mut transaction, SETTING).await?;
        transaction.rollback().await;
        let vault = match (path.exists(), &known) {
            (true, _) => Self::read(&path)?,
            (false, None) => Self::create(&path)?,
            (false, Some(_)) => {
                return Err(StoreError::Key {
                    path,
                    problem: "文件已丢失".to_owned(),
                });
            }
        };
        let mark = &hex(&vault.mark(Purpose::Key, b""));
        match known {
            Some(known) if known == *mark => Ok(vault),
            Some(_) => Err(StoreError::Key {
                path,
                problem: "不是这个数据库的账号所用的密钥".to_owned(),
            }),
            None => {
                let kept: Result<(), StoreError> = database
                    .write(|mut transaction| async move {
                        settings::put(&mut transaction, SETTING, mark).await
                    })
                    .await;
                kept.map(|()| vault)
            }
        }
    }

    fn create(path: &Path) -> Result<Self, StoreError> {
        let key = Zeroizing::new(secret::random::<32>()?);
        let text = Zeroizing::new(format!("{HEADER}\n{}\n", base64(key.as_slice())));
        let faults = Faults::of_process()?;
        durable::write(path, text.as_bytes(), Readers::Owner, &faults)?;
        let path = path.to_owned();
        Ok(Self { key, path })
    }

    fn read(path: &Path) -> Result<Self, StoreError> {
        let refused = |problem: String| StoreError::Key {
            path: path.to_owned(),
            problem,
        };
        durable::check_private(path).map_err(refused)?;
        let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        let text = Zeroizing::new(text);
        let line = text.strip_prefix(HEADER);
        let line = line.and_then(|rest| rest.strip_prefix('\n'));
        let line = line.and_then(|rest| rest.strip_suffix('\n'));
        let key = line.and_then(from_base64).map(Zeroizing::new);
        let key = key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
        let key = key.ok_or_else(|| refused("文件内容不是密钥".to_owned()))?;
        Ok(Self {
            key: Zeroizing::new(key),
            path: path.to_owned(),
        })
    }

    /// The keyed hash of a secret for one purpose.
    ///
    /// # Source
    /// HMAC-SHA-256 (RFC 2104) over the purpose, a line end, and the secret.
    pub(crate) fn mark(&self, purpose: Purpose, secret: &[u8]) -> [u8; 32] {
        let pad = |byte: u8| {
            let mut block = Zeroizing::new([byte; 64]);
            for (place, key) in block.iter_mut().zip(self.key.iter()) {
                *place ^= key;
            }
            block
        };
        let mut inner = Sha256::new();
        inner.update(pad(0x36).as_slice());
        inner.update(purpose.word().as_bytes());
        inner.update(b"\n");
        inner.update(secret);
        let mut outer = Sha256::new();
        outer.update(pad(0x5c).as_slice());
        outer.update(inner.finalize());
        outer.finalize().into()
    }

    /// Seals bytes so that they open for this account alone.
    ///
    /// # Errors
    /// [`StoreError::Key`] when the system has no randomness.
    pub(crate) fn seal(&self, account: &str, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = secret::random::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: bytes,
            aad: account.as_bytes(),
        };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| self.fault("不能加密"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for the account.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when it was changed, or sealed for another account or by another
    /// key.
    pub(crate) fn open_sealed(
        &self,
        account: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let changed = || {
            let problem = "的动态码种子打不开,可能被改动";
            StoreError::Integrity(format!("账号“{account}”{problem}"))
        };
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(changed)?;
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| changed())?;
        let payload = Payload {
            msg: sealed,
            aad: account.as_bytes(),
        };
        let opened = self.cipher().decrypt(&XNonce::from(nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| changed())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.mark(Purpose::Seal, b"").into())
    }

    fn fault(&self, problem: &str) -> StoreError {
        StoreError::Key {
            path: self.path.clone(),
            problem: problem.to_owned(),
        }
    }
}
