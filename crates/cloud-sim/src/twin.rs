//! Tenants that are like another one until something sets them apart: ten thousand of them cost what one costs.

use crate::Sim;
use crate::graph::Call;
use crate::state::State;
use crate::tenant::TenantHandle;
use serde_json::Value;
use uuid::Uuid;

impl Sim {
    /// Makes a tenant that is in every respect like `model` but in its id: the same objects under the same ids, and the
    /// model's links lead on in it. It is stored as a copy from its first change on, by a request that is no `GET` or
    /// through the handle; until then the model answers for it, so it also uses the model's quotas.
    ///
    /// Do not change the model afterwards: its twins would change with it.
    pub fn twin(&self, model: &TenantHandle, id: Uuid) -> TenantHandle {
        self.with_state(|state| state.twins.insert(id, model.id()));
        TenantHandle::new(self.clone(), id)
    }

    /// The model that still answers for this tenant, if one does.
    pub fn model_of(&self, id: Uuid) -> Option<TenantHandle> {
        let model = self.with_state(|state| state.twins.get(&id).copied());
        model.map(|model| TenantHandle::new(self.clone(), model))
    }
}

impl State {
    /// The tenant that is stored for this one; itself, if it is nobody's twin.
    pub(crate) fn stored_for(&self, id: Uuid) -> Uuid {
        self.twins.get(&id).copied().unwrap_or(id)
    }

    /// Ends that another tenant answers for this one.
    pub(crate) fn set_apart(&mut self, id: Uuid) {
        let Some(model) = self.twins.remove(&id) else { return };
        if let Some(copy) = self.tenants.get(&model).map(|model| model.twin(id)) {
            self.tenants.insert(id, copy);
        }
    }

    /// The tenant in which this call of somebody in `id` is carried out.
    pub(crate) fn place_of(&mut self, id: Uuid, call: &Call) -> Uuid {
        if !only_reads(call) {
            self.set_apart(id);
        }
        self.stored_for(id)
    }
}

fn only_reads(call: &Call) -> bool {
    let items = call.body.get("requests").and_then(Value::as_array);
    let is_get = |item: &Value| item.get("method").and_then(Value::as_str) == Some("GET");
    call.method == "GET"
        || call.path.ends_with("/query")
        || call.path == "/$batch" && items.is_some_and(|items| items.iter().all(is_get))
}
