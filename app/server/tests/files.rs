//! How files are kept, as the composition root puts it together.

use std::fs;

use futures::{StreamExt, TryStreamExt, stream};
use qualify_ports::files::FileKey;
use qualify_server::{
    config::{Config, Purpose, Sources},
    wire::{self, System},
};
use uuid::Uuid;

#[tokio::test]
async fn whatever_keeps_files_is_given_them_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let below = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let environment = [
        ("HTTP_BASE_URL", "https://crm.example.com".to_owned()),
        ("DATABASE_URL", "postgres://qualify_app@localhost:1/nothing".to_owned()),
        ("SECURITY_KEYS", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
        ("CONTROLLER_NAME", "Example SAS".to_owned()),
        ("CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris".to_owned()),
        ("CONTROLLER_PRIVACY_CONTACT", "privacy@example.com".to_owned()),
        ("MAILER_ADAPTER", "maildir".to_owned()),
        ("MAILDIR_PATH", below("mail")),
        ("FOLDER_PATH", below("files")),
        ("BACKUPS_PATH", below("backups")),
    ];
    let environment = environment.map(|(name, value)| (format!("QUALIFY_{name}"), value)).into();
    let config = Config::load(&Sources { environment, ..Sources::default() }, Purpose::Run).unwrap();
    let system = System::build(&config, &wire::database(&config).unwrap()).unwrap();
    let key = FileKey::new("2030-01-01T00:00:00Z".parse().unwrap(), Uuid::nil(), 0);
    let people = stream::iter([Ok(b"anna@example.com".to_vec())]).boxed();
    system.ports.files.put(key, people).await.unwrap();
    let kept = fs::read(folder.path().join("files").join(key.to_string())).unwrap();
    assert!(!kept.is_empty() && !kept.windows(4).any(|window| window == b"anna"));
    let read: Vec<u8> = system.ports.files.open(key).await.unwrap().try_concat().await.unwrap();
    assert_eq!(read, b"anna@example.com");
}
