//! The data folder: everything that belongs together, opened together.

use std::path::{Path, PathBuf};

use crate::audit::HeldSweeps;
use crate::messages::Templates;
use crate::scratch;
use crate::store::books::{self, Writer};
use crate::store::database::{Address, Database};
use crate::store::durable;
use crate::store::error::StoreError;
use crate::store::faults::Faults;
use crate::store::files::FileFolder;
use crate::store::lock::ProcessLock;
use crate::store::log::{LogKey, PublicKey};
use crate::store::settings;

/// The names in a data folder.
const LOCK: &str = "zhida.lock";
const KEY: &str = "log.key";
const DATABASE: &str = "zhida.sqlite";
const FILES: &str = "files";

/// The setting that holds the name of the log; a folder that has it was set up.
const ORIGIN: &str = "log.origin";
/// What the settings begin with that hold the public keys.
const KEYS: &str = "log.key.";

/// A data folder that is open.
#[derive(Debug)]
pub struct Store {
    /// The data folder itself.
    pub(crate) folder: PathBuf,
    /// The database.
    pub(crate) database: Database,
    /// The files named by digest.
    pub(crate) files: FileFolder,
    /// The key that signs the log.
    pub(crate) key: LogKey,
    /// The name of the log, the first line of each head.
    pub(crate) origin: String,
    /// All keys that ever signed the log.
    pub(crate) keys: Vec<PublicKey>,
    /// The texts of messages.
    pub(crate) templates: Templates,
    /// Sealed sweeps that were run again a short while ago.
    pub(crate) held: HeldSweeps,
    /// What commits the orders of all callers.
    pub(super) writer: Writer,
    _lock: ProcessLock,
}

impl Store {
    /// Sets up a data folder: makes the key, the tables and the name of the log.
    ///
    /// # Shape
    /// One that was left half done is completed. Without an address the database is a file in the
    /// folder.
    /// # Errors
    /// [`StoreError::Folder`] when it was set up before; what cannot be made.
    pub async fn create(
        folder: &Path,
        address: Option<&Address>,
        origin: &str,
    ) -> Result<Self, StoreError> {
        check_origin(origin)?;
        let faults = Faults::of_process()?;
        durable::folder(folder, &faults)?;
        durable::close_to_others(folder)?;
        let lock = ProcessLock::take(&folder.join(LOCK))?;
        let database = open_database(folder, address).await?;
        let mut transaction = database.read().await?;
        let found = settings::find(&mut transaction, ORIGIN).await?;
        transaction.rollback().await;
        if found.is_some() {
            return Err(refused(folder, "已经建立过,不能再次建立"));
        }
        let path = folder.join(KEY);
        let key = match path.exists() {
            true => LogKey::read(&path)?,
            false => LogKey::create(&path, &faults)?,
        };
        let public = key.public();
        let (name, text) = (&format!("{KEYS}{}", public.id()), &public.text());
        database
            .write(|mut transaction| async move {
                settings::put(&mut transaction, name, text).await?;
                settings::put(&mut transaction, ORIGIN, origin).await
            })
            .await?;
        complete(folder, database, key, lock, faults).await
    }

    /// Opens a data folder that was set up.
    ///
    /// # Errors
    /// [`StoreError::Folder`] when it was not, [`StoreError::Locked`] when another process uses
    /// it; what cannot be opened.
    pub async fn open(folder: &Path, address: Option<&Address>) -> Result<Self, StoreError> {
        let path = folder.join(KEY);
        if !path.exists() {
            return Err(refused(folder, "还没有建立,或密钥文件已丢失"));
        }
        let faults = Faults::of_process()?;
        let lock = ProcessLock::take(&folder.join(LOCK))?;
        let key = LogKey::read(&path)?;
        let database = open_database(folder, address).await?;
        complete(folder, database, key, lock, faults).await
    }

    /// Closes the database, so that SQLite tidies up its files.
    pub async fn close(self) {
        self.database.close().await;
    }
}

async fn open_database(folder: &Path, address: Option<&Address>) -> Result<Database, StoreError> {
    match address {
        Some(address) => Database::open(address).await,
        None => Database::open(&Address::Sqlite(folder.join(DATABASE))).await,
    }
}

async fn complete(
    folder: &Path,
    database: Database,
    key: LogKey,
    lock: ProcessLock,
    faults: Faults,
) -> Result<Store, StoreError> {
    let files = FileFolder::open(&folder.join(FILES), faults)?;
    let mut transaction = database.read().await?;
    let origin = settings::find(&mut transaction, ORIGIN).await?;
    let texts = settings::with_prefix(&mut transaction, KEYS).await?;
    transaction.rollback().await;
    let origin = origin.ok_or_else(|| refused(folder, "还没有建立"))?;
    let mut keys = Vec::new();
    for (name, text) in texts {
        let public = PublicKey::from_text(&text);
        let fits = public.filter(|key| name.strip_prefix(KEYS) == Some(&key.id()));
        let problem = || format!("设置 {name} 中的公钥与其摘要不符");
        keys.push(fits.ok_or_else(|| StoreError::Integrity(problem()))?);
    }
    if !keys.contains(&key.public()) {
        return Err(StoreError::Key {
            path: folder.join(KEY),
            problem: "不是这个数据库的日志所用的密钥".to_owned(),
        });
    }
    let swept = scratch::clear(folder);
    swept.map_err(StoreError::file("清空", &scratch::folder(folder)))?;
    books::complete(&database).await?;
    let templates = Templates::of_folder(folder)?;
    let writer = Writer::start(database.clone(), templates.clone());
    Ok(Store {
        folder: folder.to_owned(),
        database,
        files,
        key,
        origin,
        keys,
        templates,
        held: HeldSweeps::default(),
        writer,
        _lock: lock,
    })
}

fn refused(folder: &Path, problem: &'static str) -> StoreError {
    let path = folder.to_owned();
    StoreError::Folder { path, problem }
}

/// The name of a log is the first line of a note and a word of its last.
fn check_origin(origin: &str) -> Result<(), StoreError> {
    let is_wrong = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    if !origin.is_empty() && !origin.chars().any(is_wrong) {
        return Ok(());
    }
    Err(StoreError::Name {
        what: "日志名称",
        value: origin.to_owned(),
        problem: "不能为空,也不能含有空白或加号",
    })
}
