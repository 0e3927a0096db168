use super::*;
use crate::demo::Home;
use bytes::Bytes;
use http::{Request, Response};
use outside::TransportError;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// The demo's place, in a folder that goes away.
struct Demo(Home);

impl Demo {
    fn new() -> Self {
        Self(Home::make(None, Arc::new(SystemClock::new())).unwrap())
    }

    fn place(&self) -> Place {
        self.0.place()
    }

    fn write(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.0.folder.join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, change(text)).unwrap();
    }

    async fn broken(&self) -> String {
        self.place().build().await.err().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0.folder);
    }
}

#[test]
fn the_addresses_of_a_custom_cloud_are_handed_on_and_those_not_given_are_microsofts() {
    let custom = |resource_manager: Option<&str>, log_analytics: Option<&str>| Cloud::Custom {
        login: "https://l.example".into(),
        graph: "https://g.example".into(),
        resource_manager: resource_manager.map(str::to_owned),
        log_analytics: log_analytics.map(str::to_owned),
        ca_file: None,
    };
    let found = endpoints(&custom(Some("https://m.example"), Some("https://q.example")));
    let found = [found.resource_manager, found.log_analytics, found.log_analytics_audience];
    assert_eq!(found, ["https://m.example", "https://q.example", "https://q.example"]);
    let (plain, public) = (endpoints(&custom(None, None)), Endpoints::public());
    assert_eq!((plain.login.as_str(), plain.resource_manager), ("https://l.example", public.resource_manager));
    assert_eq!(plain.log_analytics_audience, public.log_analytics_audience);
}

#[test]
fn two_levels_of_toml_are_read_and_nothing_else() {
    let demo = Demo::new();
    demo.write("customers/notes.md", |_| "not read".into());
    fs::create_dir_all(demo.0.folder.join("customers/old")).unwrap();
    demo.write("customers/old/contoso.toml", |_| "not read".into());
    let read = read_folder(&demo.0.folder).unwrap();
    let names: Vec<&str> = read.files.iter().map(|(name, _)| name.as_str()).collect();
    expect_test::expect![[r#"
        [
            "customers/adatum.toml",
            "customers/contoso.toml",
            "customers/fabrikam.toml",
            "customers/tailspin.toml",
            "customers/wingtip.toml",
            "gatehouse.toml",
            "profiles/standard.toml",
        ]
    "#]]
    .assert_debug_eq(&names);
}

#[test]
fn a_file_that_is_not_utf_8_is_named_with_its_first_wrong_byte() {
    let demo = Demo::new();
    let path = demo.0.folder.join("customers/adatum.toml");
    fs::write(&path, b"display_name = \"Caf\xe9\"").unwrap();
    let error = read_folder(&demo.0.folder).unwrap_err();
    assert_eq!(error, format!("the file {} is not UTF-8 text (byte 19); save it as UTF-8", path.display()));
}

#[test]
fn a_file_of_the_largest_size_is_read_and_a_larger_one_is_named() {
    let demo = Demo::new();
    let pad = |text: String, size: usize| format!("{text}{}", "#".repeat(size - text.len()));
    demo.write("customers/adatum.toml", |text| pad(text, FILE_BYTES_MAX));
    assert!(!demo.place().load().unwrap().has_errors());
    demo.write("customers/adatum.toml", |text| format!("{text}#"));
    let problems = demo.place().load().unwrap().problems;
    assert_eq!(problems[0].to_string(), "customers/adatum.toml: is larger than 1 MiB");
}

#[tokio::test]
async fn what_is_missing_is_said_with_its_place() {
    let demo = Demo::new();
    demo.place().build().await.map(|_| ()).unwrap();
    let name = format!("the configuration in {}", demo.0.folder.display());
    demo.write("gatehouse.toml", |text| text.replace("file:client-secret", "env:NOBODY_SET_THIS"));
    assert_eq!(
        demo.broken().await,
        format!("{name} cannot be used: [app] credential: the variable NOBODY_SET_THIS is not set")
    );
    demo.write("gatehouse.toml", |text| {
        text.replace("{ client_secret", "{ certificate").replace("env:NOBODY", "file:NOBODY")
    });
    let no_file = format!("{name} cannot be used: [app] credential: the file ");
    assert!(demo.broken().await.starts_with(&no_file), "{}", demo.broken().await);
    demo.write("gatehouse.toml", |text| text.replace("[partner]", "[partners]"));
    assert!(demo.broken().await.starts_with(&format!("{name} has errors, the first: gatehouse.toml")));
    let nowhere = Place { folder: PathBuf::new(), ..demo.place() };
    let unnamed = "no configuration is named: set GATEHOUSE_CONFIG to its folder, or to the address of a published one";
    assert_eq!(nowhere.build().await.err().unwrap(), unnamed);
}

#[tokio::test]
async fn a_caller_without_its_secret_is_left_out_and_the_others_are_let_in() {
    let demo = Demo::new();
    demo.write("gatehouse.toml", |text| {
        format!("{text}\n[callers.other]\nauth = {{ api_key = \"env:NOBODY_SET_THIS\" }}\nmay = [\"read\"]\n")
    });
    let inside = demo.place().build().await.map_err(|why| panic!("{why}")).unwrap();
    let ask = async |key: &str| {
        let (parts, ()) = Request::get("/api/v1/plans").header("x-api-key", key).body(()).unwrap().into_parts();
        inside.gate.identify(&parts, b"").await.map(|known| known.name)
    };
    assert_eq!(ask(crate::demo::API_KEY).await, Ok("visitor".into()));
    assert_eq!(ask("").await, Err(functions::Denied::Wrong));
}

/// Counts what is sent.
struct Counting(Arc<dyn Transport>, AtomicU32);

#[async_trait]
impl Transport for Counting {
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, TransportError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.send(request, timeout).await
    }
}

#[tokio::test]
async fn mail_is_sent_with_the_login_that_everything_else_has_and_by_mail_servers_too() {
    let demo = Demo::new();
    let mut place = demo.place();
    let counting = Arc::new(Counting(place.doors.transport.take().unwrap(), AtomicU32::new(0)));
    place.doors.transport = Some(counting.clone());
    let config = place.load().unwrap().config.unwrap();
    let graph = place.graph(&config, Credentials::Now).unwrap();
    let ways = place.ways(&config, &graph).unwrap();
    let tokens = ways.tokens.unwrap();
    assert_eq!(tokens.graph(), endpoints(&config.cloud).graph);
    let sign_ins = || counting.1.load(Ordering::Relaxed);
    tokens.token().await.unwrap();
    tokens.token().await.unwrap();
    assert_eq!(sign_ins(), 1, "the token is kept");
    tokens.refused();
    tokens.token().await.unwrap();
    assert_eq!(sign_ins(), 2, "and fetched anew where Graph did not accept it");
    assert!(ways.mailer.is_some() && ways.aws.is_none());
}
