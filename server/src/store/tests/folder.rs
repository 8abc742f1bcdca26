//! The data folder as a whole.

use std::fs;

use super::support::Place;
use crate::store::error::StoreError;
use crate::store::folder::Store;
use crate::store::lock::ProcessLock;
use crate::store::log;

on_both_databases!(
    a_folder_is_set_up_once_and_opened_again,
    a_key_of_another_log_is_refused,
);

async fn a_folder_is_set_up_once_and_opened_again(place: &Place) {
    let folder = place.folder.path().join("data");
    let address = Some(&place.address);
    let early = Store::open(&folder, address).await.unwrap_err();
    assert!(matches!(early, StoreError::Folder { .. }), "{early}");
    assert!(!folder.exists());
    let wrong = Store::create(&folder, address, "two words")
        .await
        .unwrap_err();
    assert!(matches!(wrong, StoreError::Name { .. }), "{wrong}");
    let store = Store::create(&folder, address, "zhida/襄阳").await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "nobody else reads accounts");
    }
    let public = store.key.public();
    let second = Store::open(&folder, address).await.unwrap_err();
    let told = second.to_string();
    assert!(matches!(second, StoreError::Locked { .. }), "{told}");
    assert!(told.contains("zhida.lock"), "{told}");
    assert!(told.contains(&std::process::id().to_string()), "{told}");
    let mut transaction = store.database.begin().await.unwrap();
    log::sign_head(&mut transaction, &store.key, &store.origin, 1)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
    let again = Store::create(&folder, address, "zhida/襄阳")
        .await
        .unwrap_err();
    assert!(again.to_string().contains("已经建立"), "{again}");
    let store = Store::open(&folder, address).await.unwrap();
    assert_eq!(store.origin, "zhida/襄阳");
    assert_eq!(store.keys, [public]);
    let mut reader = store.database.read().await.unwrap();
    let verified = log::verify(&mut reader, &store.origin, &store.keys, None).await;
    assert_eq!(verified.unwrap().unwrap().heads, 1);
}

async fn a_key_of_another_log_is_refused(place: &Place) {
    let folder = place.folder.path().join("data");
    let other = place.folder.path().join("other");
    let address = Some(&place.address);
    Store::create(&folder, address, "zhida/a")
        .await
        .unwrap()
        .close()
        .await;
    Store::create(&other, None, "zhida/b")
        .await
        .unwrap()
        .close()
        .await;
    fs::copy(other.join("log.key"), folder.join("log.key")).unwrap();
    let error = Store::open(&folder, address).await.unwrap_err();
    assert!(matches!(error, StoreError::Key { .. }), "{error}");
    fs::remove_file(folder.join("log.key")).unwrap();
    let error = Store::open(&folder, address).await.unwrap_err();
    assert!(error.to_string().contains("密钥文件已丢失"), "{error}");
}

#[test]
fn a_lock_ends_with_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let lock = ProcessLock::take(&path).unwrap();
    assert!(matches!(
        ProcessLock::take(&path),
        Err(StoreError::Locked { .. })
    ));
    drop(lock);
    ProcessLock::take(&path).unwrap();
}
