//! Who we are at the store: a managed identity of the host, and a key that is wrong.

use super::{Place, ShortPages};
use crate::servers::Azurite;
use access::config::{Config, StoreAccess, StoreCredential};
use async_trait::async_trait;
use gatehouse::demo::{Home, StoryClock};
use gatehouse::settings::Settings;
use outside::SystemClock;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::{Keys, Tokens, lease};

const CLIENT_ID: &str = "33333333-3333-4333-8333-333333333333";

/// As the platform's own token endpoint: one thread that answers whoever shows the header. It ends with the test.
struct Platform {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Platform {
    fn start(tokens: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/msi/token", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = count.fetch_add(1, Ordering::Relaxed);
                answer(stream, tokens.get(number).or(tokens.last()).unwrap());
            }
        });
        Self { url, asked }
    }
}

fn answer(mut stream: TcpStream, token: &str) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let asked = head.join("\n").to_lowercase();
    assert!(asked.contains("x-identity-header: hush"), "{asked}");
    assert!(asked.contains("resource=https%3a%2f%2fstorage.azure.com%2f"), "{asked}");
    assert!(asked.contains(&format!("client_id={CLIENT_ID}")), "{asked}");
    let body = format!("{{\"access_token\":\"{token}\",\"expires_on\":\"4102444800\",\"token_type\":\"Bearer\"}}");
    let length = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n").unwrap();
    write!(stream, "connection: close\r\n\r\n{body}").unwrap();
}

/// The whole way: from the configuration over the platform's endpoint into the container, with one token for all.
pub(super) async fn lets_us_in(azurite: &Azurite, place: &Place) {
    let platform = Platform::start(vec![azurite.token()]);
    let home = Home::make(None, Arc::new(StoryClock::new(Arc::new(SystemClock::new())))).unwrap();
    let environment = [("IDENTITY_ENDPOINT", platform.url.as_str()), ("IDENTITY_HEADER", "hush")];
    let environment: BTreeMap<String, String> =
        environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let wired = gatehouse::wiring::Place { settings: Settings::read(Arc::new(environment)).unwrap(), ..home.place() };
    std::fs::write(home.folder.join("store-ca.pem"), &place.ca_pem).unwrap();
    let config = config(&home, place);
    let store = wired.store(&config).unwrap();
    let lease::Take::Held(lease) = lease::take(&store, "lease/contoso", "ana").await.unwrap() else {
        panic!("it is free");
    };
    assert_eq!(store.list("").await.unwrap(), ["lease/contoso"]);
    lease.release().await.unwrap();
    store.delete("lease/contoso").await.unwrap();
    assert_eq!(platform.asked.load(Ordering::Relaxed), 1);

    // Without an identity on this machine the reason is said at once.
    let failed = home.place().store(&config).err().unwrap();
    assert!(failed.contains("no managed identity"), "{failed}");
    std::fs::remove_dir_all(&home.folder).unwrap();
    pages_are_followed(place, azurite).await;
    a_token_that_is_not_taken_is_renewed(place, azurite).await;
}

fn config(home: &Home, place: &Place) -> Config {
    let mut config = home.place().load().unwrap().config.unwrap();
    config.store_url = format!("{}/identity", place.url);
    let id = CLIENT_ID.parse().unwrap();
    config.store_access = StoreAccess {
        endpoint: Some(place.endpoint.clone()),
        region: None,
        credential: Some(StoreCredential::ManagedIdentity(id)),
    };
    if let access::config::Cloud::Custom { ca_file, .. } = &mut config.cloud {
        *ca_file = Some("store-ca.pem".into());
    }
    config
}

/// These tokens, one after the other.
struct Given(Mutex<Vec<String>>);

#[async_trait]
impl Tokens for Given {
    async fn token(&self) -> Result<String, String> {
        Ok(self.0.lock().unwrap()[0].clone())
    }

    async fn forget(&self) {
        self.0.lock().unwrap().remove(0);
    }
}

fn with_tokens(place: &Place, tokens: Vec<String>) -> Place {
    Place { keys: Keys::Tokens(Arc::new(Given(Mutex::new(tokens)))), ..place.clone() }
}

/// Azurite gives 5,000 names in a page; asked for seven it marks pages as Azure does.
async fn pages_are_followed(place: &Place, azurite: &Azurite) {
    let place = with_tokens(place, vec![azurite.token()]);
    let short = Arc::new(ShortPages { inner: place.transport.clone(), pages: Mutex::new(0) });
    let store = place.open_through("pages", short.clone());
    let all: Vec<_> = (0..22).map(|number| format!("a/{number:03}")).collect();
    for path in &all {
        store.create(path, "bytes".into()).await.unwrap();
    }
    assert_eq!(store.list("").await.unwrap(), all);
    assert_eq!(*short.pages.lock().unwrap(), 4);
}

async fn a_token_that_is_not_taken_is_renewed(place: &Place, azurite: &Azurite) {
    let refused = azurite.token_for("https://graph.microsoft.com");
    let place = with_tokens(place, vec![refused, azurite.token()]);
    place.open("renewed").create("a", "bytes".into()).await.unwrap();
    let refused = with_tokens(&place, vec![azurite.token_for("https://vault.azure.net"); 2]).open("renewed");
    let failed = refused.get("a").await.unwrap_err().to_string();
    assert!(failed.contains("check the account key or the managed identity"), "{failed}");
}

pub(super) async fn a_wrong_key_is_refused_by_name(place: &Place) {
    let wrong = Place { keys: Keys::Account("d3Jvbmc=".into()), ..place.clone() };
    let failed = wrong.open("state").get("a").await.unwrap_err().to_string();
    assert!(
        failed.contains("the container gatehouse of the storage account") && failed.contains("check the account key")
    );
    assert!(!failed.contains("d3Jvbmc"), "{failed}");
}
