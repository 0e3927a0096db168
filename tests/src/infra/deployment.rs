//! What Azure Resource Manager would make of a template, as far as ours go. Whatever a template uses that is not known here
//! stops the test that asks.

use super::expression::{Expression, parse};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A template with its parameters, deployed into a resource group.
pub(crate) struct Deployment {
    template: Value,
    parameters: Map<String, Value>,
    /// `/subscriptions/…/resourceGroups/…`.
    group: String,
    tenant: String,
    /// What resources that exist answer when they are asked, by the end of their id.
    pub(crate) existing: BTreeMap<String, Value>,
    /// The variables of lambdas, and the places of copies, that hold at the moment.
    bound: RefCell<Vec<(String, Value)>>,
}

impl Deployment {
    /// Every parameter that has no default must be given, and none that the template does not have; lengths and allowed
    /// values are looked at.
    pub(crate) fn new(template: &str, parameters: &str, group: &str, tenant: &str) -> Self {
        let template: Value = serde_json::from_str(template).expect("a template is JSON");
        let file: Value = serde_json::from_str(parameters).expect("a file of parameters is JSON");
        let given = file["parameters"].as_object().expect("parameters");
        let declared = template["parameters"].as_object().expect("parameters");
        for name in given.keys() {
            assert!(declared.contains_key(name), "the template has no parameter {name}");
        }
        let (existing, bound) = (BTreeMap::new(), RefCell::new(Vec::new()));
        let mut deployment = Self {
            parameters: Map::new(),
            group: group.to_owned(),
            tenant: tenant.to_owned(),
            template: template.clone(),
            existing,
            bound,
        };
        for (name, declaration) in declared {
            let value = match (given.get(name), declaration.get("defaultValue")) {
                (Some(value), _) => value["value"].clone(),
                (None, Some(default)) => deployment.value(default),
                (None, None) => panic!("the parameter {name} is missing"),
            };
            if let Some(allowed) = declaration.get("allowedValues").and_then(Value::as_array) {
                assert!(allowed.contains(&value), "{name} cannot be {value}");
            }
            if let (Some(least), Some(list)) = (declaration["minLength"].as_u64(), value.as_array()) {
                assert!(list.len() as u64 >= least, "{name} is too short");
            }
            deployment.parameters.insert(name.clone(), value);
        }
        deployment
    }

    /// Changes the template.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.template);
    }

    /// Gives a parameter another value.
    pub(crate) fn set(&mut self, parameter: &str, value: Value) {
        *self.parameters.get_mut(parameter).expect("a parameter of the template") = value;
    }

    /// Every resource, as Azure would show it, with its `id`.
    pub(crate) fn resources(&self) -> Vec<Value> {
        let mut resources = Vec::new();
        for resource in self.template["resources"].as_array().expect("resources") {
            let count = resource.get("copy").map(|copy| self.value(&copy["count"]).as_u64().expect("a number"));
            for place in 0..count.unwrap_or(1) {
                let mut body = resource.clone();
                body.as_object_mut().expect("an object").remove("copy");
                let mut body = self.with("copyIndex", json!(place), || self.value(&body));
                let (kind, name) = (body["type"].as_str().expect("a type"), body["name"].as_str().expect("a name"));
                body["id"] = json!(format!("{}/providers/{kind}/{name}", self.group));
                resources.push(body);
            }
        }
        resources
    }

    /// An output.
    pub(crate) fn output(&self, name: &str) -> Value {
        self.value(&self.template["outputs"][name]["value"])
    }

    fn with<T>(&self, name: &str, value: Value, act: impl FnOnce() -> T) -> T {
        self.bound.borrow_mut().push((name.to_owned(), value));
        let done = act();
        self.bound.borrow_mut().pop();
        done
    }

    fn bound(&self, name: &str) -> Value {
        let bound = self.bound.borrow();
        let found = bound.iter().rev().find(|(one, _)| one == name);
        found.unwrap_or_else(|| panic!("{name} means nothing here")).1.clone()
    }

    /// A piece of a template, evaluated.
    fn value(&self, piece: &Value) -> Value {
        match piece {
            Value::String(text) => match parse(text) {
                Some(expression) => self.evaluate(&expression),
                None => json!(text.strip_prefix('[').filter(|rest| rest.starts_with('[')).unwrap_or(text)),
            },
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                let mut made = Map::new();
                for (name, member) in members.iter().filter(|(name, _)| *name != "copy") {
                    let name = self.value(&json!(name));
                    made.insert(name.as_str().expect("a name").to_owned(), self.value(member));
                }
                for copy in members.get("copy").and_then(Value::as_array).into_iter().flatten() {
                    let name = copy["name"].as_str().expect("a name");
                    let count = self.value(&copy["count"]).as_u64().expect("a number");
                    let item =
                        |place| self.with(&format!("copyIndex {name}"), json!(place), || self.value(&copy["input"]));
                    made.insert(name.to_owned(), (0..count).map(item).collect());
                }
                Value::Object(made)
            }
            plain => plain.clone(),
        }
    }

    fn evaluate(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Literal(value) => value.clone(),
            Expression::Member(whole, member) => {
                let (whole, member) = (self.evaluate(whole), self.evaluate(member));
                let found = match &member {
                    Value::String(name) => whole.get(name),
                    place => whole.get(place.as_u64().expect("a place") as usize),
                };
                found.unwrap_or_else(|| panic!("{whole} has no {member}")).clone()
            }
            Expression::Call(function, arguments) => match (function.as_str(), arguments.as_slice()) {
                ("if", [condition, yes, no]) => {
                    self.evaluate(if self.evaluate(condition) == json!(true) { yes } else { no })
                }
                ("map", [list, lambda]) => self.each(list, lambda).into_iter().map(|(_, made)| made).collect(),
                ("filter", [list, lambda]) => {
                    let kept = self.each(list, lambda).into_iter().filter(|(_, made)| *made == json!(true));
                    kept.map(|(item, _)| item).collect()
                }
                _ => {
                    let values: Vec<Value> = arguments.iter().map(|argument| self.evaluate(argument)).collect();
                    self.function(function, &values)
                }
            },
        }
    }

    /// Every item of a list, with what a lambda makes of it.
    fn each(&self, list: &Expression, lambda: &Expression) -> Vec<(Value, Value)> {
        let list = self.evaluate(list);
        let Expression::Call(word, parts) = lambda else { panic!("no lambda: {lambda:?}") };
        let [Expression::Literal(Value::String(name)), body] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!(word, "lambda");
        let items = list.as_array().expect("a list").iter();
        items.map(|item| (item.clone(), self.with(name, item.clone(), || self.evaluate(body)))).collect()
    }

    fn function(&self, function: &str, arguments: &[Value]) -> Value {
        let text = |place: usize| arguments[place].as_str().unwrap_or_else(|| panic!("{function}: {arguments:?}"));
        let texts = |from: usize| (from..arguments.len()).map(text).collect::<Vec<_>>();
        match (function, arguments.len()) {
            ("parameters", 1) => self.parameters.get(text(0)).expect("a parameter that is known by now").clone(),
            ("variables", 1) => self.value(self.template["variables"].get(text(0)).expect("a variable")),
            ("lambdaVariables", 1) => self.bound(text(0)),
            ("copyIndex", 0) => self.bound("copyIndex"),
            ("copyIndex", _) => {
                let place = self.bound(&format!("copyIndex {}", text(0))).as_u64().expect("a number");
                json!(place + arguments.get(1).and_then(Value::as_u64).unwrap_or(0))
            }
            ("format", _) => json!(format(text(0), &arguments[1..])),
            ("concat", _) if arguments[0].is_array() => {
                arguments.iter().flat_map(|list| list.as_array().expect("a list").clone()).collect()
            }
            ("concat", _) => json!(texts(0).concat()),
            ("join", 2) => {
                let list = arguments[0].as_array().expect("a list").iter();
                json!(list.map(|item| item.as_str().expect("a text")).collect::<Vec<_>>().join(text(1)))
            }
            ("toLower", 1) => json!(text(0).to_lowercase()),
            ("not", 1) => json!(!arguments[0].as_bool().expect("true or false")),
            ("empty", 1) => json!(match &arguments[0] {
                Value::String(text) => text.is_empty(),
                list => list.as_array().expect("a text or a list").is_empty(),
            }),
            ("length", 1) => json!(arguments[0].as_array().expect("a list").len()),
            ("null", 0) => Value::Null,
            ("createArray", _) => arguments.into(),
            ("createObject", _) => {
                let pair = |pair: &[Value]| (pair[0].as_str().expect("a name").to_owned(), pair[1].clone());
                Value::Object(arguments.chunks(2).map(pair).collect())
            }
            ("guid", _) => json!(format!("guid of {}", texts(0).join(" and "))),
            ("resourceId", 2) => json!(format!("{}/providers/{}/{}", self.group, text(0), text(1))),
            ("subscriptionResourceId", 2) => {
                json!(format!("{}/providers/{}/{}", self.subscription(), text(0), text(1)))
            }
            ("extensionResourceId", 3) => json!(format!("{}/providers/{}/{}", text(0), text(1), text(2))),
            ("subscription", 0) => json!({ "id": self.subscription(), "tenantId": self.tenant }),
            ("resourceGroup", 0) => json!({ "id": self.group, "location": "westeurope" }),
            ("reference", 2) => {
                let known = self.existing.iter().find(|(end, _)| text(0).ends_with(end.as_str()));
                known.unwrap_or_else(|| panic!("{} does not exist", text(0))).1.clone()
            }
            _ => panic!("{function} with {} arguments is not known here", arguments.len()),
        }
    }

    fn subscription(&self) -> &str {
        self.group.split_once("/resourceGroups/").expect("a resource group").0
    }
}

/// .NET's format: `{0}` is an argument, a brace is written twice.
fn format(pattern: &str, arguments: &[Value]) -> String {
    let mut made = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.next_if_eq(&letter).is_some() => made.push(letter),
            '{' => {
                let place: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
                match &arguments[place.parse::<usize>().expect("a number in braces")] {
                    Value::String(text) => made.push_str(text),
                    other => made.push_str(&other.to_string()),
                }
            }
            '}' => panic!("a brace that closes nothing: {pattern}"),
            plain => made.push(plain),
        }
    }
    made
}
