//! The simulated cloud: tenants, applications, faults, and what was recorded.

use crate::fault::Fault;
use crate::login::{AppHandle, Identity};
use crate::notify;
use crate::options::SimOptions;
use crate::recorder::{Effect, Recorded};
use crate::state::State;
use crate::tenant::{Tenant, TenantHandle};
use bytes::Bytes;
use jiff::Timestamp;
use outside::{Clock, Transport};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use uuid::Uuid;

/// Notifications in one POST at most.
const NOTIFICATIONS_MAX: usize = 100;
/// "Change notifications through webhooks": an answer must come within ten seconds.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// Microsoft's login service and Graph, simulated at the wire, for many tenants at once.
///
/// Clones are the same cloud. It is reached in-process as an [`outside::Transport`], or over TLS by
/// [`serve`](crate::serve); both doors lead to the same code.
#[derive(Clone)]
pub struct Sim {
    inner: Arc<Inner>,
}

struct Inner {
    options: Mutex<Arc<SimOptions>>,
    state: Mutex<State>,
    /// How notifications leave.
    notifier: Mutex<Option<Arc<dyn Transport>>>,
}

impl Sim {
    /// An empty cloud.
    pub fn new(options: SimOptions) -> Self {
        let state = Mutex::new(State::new(options.seed));
        let inner = Inner { options: Mutex::new(Arc::new(options)), state, notifier: Mutex::new(None) };
        Self { inner: Arc::new(inner) }
    }

    /// A cloud of its own that is as this one is now, and goes by another clock, which has to show the same time.
    pub fn copy(&self, clock: Arc<dyn Clock>) -> Self {
        let options = SimOptions { clock, ..SimOptions::clone(&self.options()) };
        let state = Mutex::new(self.with_state(|state| state.clone()));
        let notifier = Mutex::new(lock(&self.inner.notifier).clone());
        Self { inner: Arc::new(Inner { options: Mutex::new(Arc::new(options)), state, notifier }) }
    }

    /// Makes a tenant, or gives the one that is there. `domain` is its initial domain, `….onmicrosoft.com`.
    pub fn tenant(&self, id: Uuid, domain: &str) -> TenantHandle {
        let seed = self.options().seed;
        self.with_state(|state| {
            state.domains.insert(domain.to_lowercase(), id);
            state.tenants.entry(id).or_insert_with(|| Tenant::new(seed, id, domain));
        });
        TenantHandle::new(self.clone(), id)
    }

    /// The tenants that there are, by id.
    pub fn tenants(&self) -> Vec<TenantHandle> {
        let ids: Vec<_> = self.with_state(|state| state.tenants.keys().copied().collect());
        ids.into_iter().map(|id| TenantHandle::new(self.clone(), id)).collect()
    }

    /// Makes an application registration, or gives the one that is there.
    pub fn app(&self, client_id: Uuid) -> AppHandle {
        self.with_state(|state| {
            state.apps.entry(client_id).or_default();
        });
        AppHandle::new(self.clone(), client_id)
    }

    /// Makes a user-assigned managed identity, for which `GET /msi/token` gives assertions.
    pub fn managed_identity(&self, client_id: Uuid, principal: Uuid, home: Uuid) {
        self.with_state(|state| state.identities.insert(client_id, Identity { principal, home }));
    }

    /// Sets a fault. Faults are asked in the order in which they were set.
    pub fn fault(&self, fault: Fault) {
        self.with_state(|state| state.faults.add(fault));
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.with_state(|state| state.faults.clear());
    }

    /// Everything that was asked, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.with_state(|state| state.requests.clone())
    }

    /// How many of the recorded requests are such. `wanted` must not ask the simulator anything: it is locked meanwhile.
    pub fn count(&self, wanted: impl Fn(&Recorded) -> bool) -> usize {
        self.with_state(|state| state.requests.iter().filter(|recorded| wanted(recorded)).count())
    }

    /// Everything that applications changed, oldest first.
    pub fn effects(&self) -> Vec<Effect> {
        self.with_state(|state| state.effects.clone())
    }

    /// The changes that applications made after the first `seen`, oldest first.
    pub fn effects_after(&self, seen: usize) -> Vec<Effect> {
        self.with_state(|state| state.effects.get(seen..).unwrap_or_default().to_vec())
    }

    /// What was asked after the first `seen` requests, oldest first.
    pub fn requests_after(&self, seen: usize) -> Vec<Recorded> {
        self.with_state(|state| state.requests.get(seen..).unwrap_or_default().to_vec())
    }

    /// Forgets recorded requests and effects.
    pub fn reset_log(&self) {
        self.with_state(|state| {
            state.requests.clear();
            state.effects.clear();
        });
    }

    /// Makes everything visible in every tenant that waits for replication.
    pub fn settle(&self) {
        self.with_state(|state| state.tenants.values_mut().for_each(Tenant::settle));
    }

    /// Changes the settings from now on.
    pub fn configure(&self, change: impl FnOnce(&mut SimOptions)) {
        let mut options = lock(&self.inner.options);
        let mut changed = SimOptions::clone(&options);
        change(&mut changed);
        *options = Arc::new(changed);
    }

    /// The settings as they are now.
    pub fn options(&self) -> Arc<SimOptions> {
        lock(&self.inner.options).clone()
    }

    /// Says how notifications and handshakes leave. Without this no subscription can be made.
    pub fn notify_through(&self, transport: Arc<dyn Transport>) {
        *lock(&self.inner.notifier) = Some(transport);
    }

    /// Delivers what is owed to subscribers, and says how many notifications were taken. The rest is kept for four
    /// hours and tried again with the next call.
    pub async fn deliver_notifications(&self) -> usize {
        let Some(transport) = lock(&self.inner.notifier).clone() else { return 0 };
        let mut owed = self.with_state(|state| std::mem::take(&mut state.owed));
        let now = self.wall();
        owed.retain(|one| now.duration_since(one.since) < notify::KEPT);
        let mut taken = 0;
        for post in notify::gather(owed, NOTIFICATIONS_MAX) {
            let items: Vec<_> = post.iter().map(|one| &one.item).collect();
            let body = serde_json::json!({ "value": items }).to_string();
            let request = http::Request::post(&post[0].url)
                .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
                .body(Bytes::from(body));
            let Ok(request) = request else { continue };
            let answer = transport.send(request, ANSWER_TIME_MAX).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                taken += post.len();
            } else {
                self.with_state(|state| state.owed.extend(post));
            }
        }
        taken
    }

    /// How many notifications wait to be delivered.
    pub fn notifications_owed(&self) -> usize {
        self.with_state(|state| state.owed.len())
    }

    /// Asks a notification address whether it wants to be told: it must send the token back.
    pub(crate) async fn shake_hands(&self, url: &str) -> Result<(), String> {
        let failed = || {
            "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request."
                .to_owned()
        };
        let transport = lock(&self.inner.notifier).clone().ok_or_else(failed)?;
        let token = format!("Validation: Testing client application reachability {}", self.with_state(State::fresh_id));
        let mut target = url::Url::parse(url).map_err(|_| failed())?;
        target.query_pairs_mut().append_pair("validationToken", &token);
        let request = http::Request::post(target.as_str())
            .header(http::header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Bytes::new())
            .map_err(|_| failed())?;
        let answer = transport.send(request, ANSWER_TIME_MAX).await.map_err(|_| failed())?;
        let kind = answer.headers().get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let plain = kind.is_some_and(|kind| kind.starts_with("text/plain"));
        if answer.status() == http::StatusCode::OK && plain && answer.body() == token.as_bytes() {
            Ok(())
        } else {
            Err(failed())
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.options().clock.monotonic()
    }

    pub(crate) fn wall(&self) -> Timestamp {
        let now = self.options().clock.now();
        // The service tells whole seconds.
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    pub(crate) fn with_state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut lock(&self.inner.state))
    }

    /// Does something in a tenant as its portal would.
    pub(crate) fn with_tenant<T>(&self, id: Uuid, act: impl FnOnce(&mut Tenant) -> T) -> T {
        let wall = self.wall();
        self.with_state(|state| {
            state.set_apart(id);
            let tenant = state.tenants.get_mut(&id).expect("a handle's tenant was made before the handle");
            let result = act(tenant);
            state.hand_over(id, wall);
            result
        })
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("options", &self.options()).finish_non_exhaustive()
    }
}

/// A poisoned lock means that a test has failed already; its state is still good to look at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
