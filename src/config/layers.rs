//! The layers, put together by figment: defaults < routes.toml < environment < command line.

use std::path::{Path, PathBuf};

use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

use secrecy::ExposeSecret;

use super::{
    Backgrounds, Config, Declared, environment,
    fault::{Fault, Faults, remedy},
    file, keys,
};

/// Where a configuration comes from, kept so that it can be read again.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The file; `None` reads no file.
    pub file: Option<PathBuf>,
    /// Whether the file may be absent (the default path, not asked for by name).
    pub may_be_absent: bool,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
    /// What the command line says: section, key, text.
    pub command_line: Vec<(&'static str, &'static str, String)>,
}

impl Layers {
    /// The text of the file; `None` where it may be and is absent.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_file(&self) -> Result<Option<String>, Fault> {
        let Some(path) = &self.file else { return Ok(None) };
        let source = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| {
                let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
                Fault::at(&source, &good, good.len()..good.len(), "not UTF-8 from here on; save the file as UTF-8")
            }),
            Err(error) if self.may_be_absent && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::plain(source, format!("can not be read: {error}"))),
        }
    }

    /// A path that is meant beside the file, unless it is absolute.
    #[must_use]
    pub fn beside(&self, path: &Path) -> PathBuf {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(path)
    }

    /// Name of the file in messages.
    #[must_use]
    pub fn source(&self) -> String {
        self.file.as_deref().unwrap_or(Path::new("routes.toml")).display().to_string()
    }
}

/// A configuration, with the order its routes were written in.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The typed configuration.
    pub config: Config,
    /// Names of the routes of the file, in its order.
    pub order: Vec<String>,
    /// The keys that are read once at the start, as `section.key`, with their values as texts.
    pub fixed: Vec<(String, String)>,
}

/// Puts the layers together. `text` is the file's text, read by [`Layers::read_file`].
///
/// # Errors
/// Every fault of every layer.
pub fn load(layers: &Layers, text: Option<&str>, catalog: &[Declared]) -> Result<Loaded, Faults> {
    let Gathered { figment, order, faults } = gather(layers, text, catalog);
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    let config = figment
        .extract::<Config>()
        .map_err(|error| Faults(error.into_iter().map(|e| Fault::plain("configuration", e.to_string())).collect()))?;
    if config.rollout.webhook_file.is_some() && !config.rollout.webhook.expose_secret().is_empty() {
        let message = "rollout.webhook and rollout.webhook_file both say where the webhook is; leave one of them";
        return Err(Faults(vec![Fault::plain(layers.source(), message)]));
    }
    let fixed = keys::KEYS
        .iter()
        .filter(|key| !key.hot)
        .map(|key| format!("{}.{}", key.section, key.name))
        .map(|path| (path.clone(), figment.find_value(&path).map_or_else(|_| String::new(), shown)))
        .collect();
    Ok(Loaded { config, order, fixed })
}

/// One key's value as text, whatever is wrong with others, or with the file: for whoever looks for a bridge that goes on
/// with an older one.
#[must_use]
pub fn value(layers: &Layers, catalog: &[Declared], key: &str) -> Option<String> {
    let text = layers.read_file().ok().flatten();
    gather(layers, text.as_deref(), catalog).figment.find_value(key).ok().map(shown)
}

/// The layers, and everything that is wrong with them.
struct Gathered {
    figment: Figment,
    order: Vec<String>,
    faults: Vec<Fault>,
}

fn gather(layers: &Layers, text: Option<&str>, catalog: &[Declared]) -> Gathered {
    let checked = text.map(|text| file::check(&layers.source(), text, catalog)).unwrap_or_default();
    let (environment, environment_faults) = environment::read(layers.environment.iter().cloned());
    let (command_line, command_line_faults) = command_line(&layers.command_line);
    let mut faults = checked.faults;
    faults.extend(environment_faults);
    faults.extend(command_line_faults);
    let handlers = catalog.iter().map(|declared| declared.name);
    let routes: Vec<&str> = checked.order.iter().map(String::as_str).chain(handlers).collect();
    faults.extend(of_nobody("route", &environment, &routes));
    faults.extend(of_nobody("task", &environment, &Backgrounds::ALL.words()));

    let mut from_file = checked.sections;
    let routes: Dict = checked.routes.into_iter().map(|(name, keys)| (name, Value::from(keys))).collect();
    from_file.insert("route".into(), Value::from(routes));
    let tasks: Dict = checked.tasks.into_iter().map(|(name, keys)| (name, Value::from(keys))).collect();
    from_file.insert("task".into(), Value::from(tasks));
    let figment = Figment::new()
        .merge(Layer("built-in defaults", file::defaults()))
        .merge(Layer("routes.toml", from_file))
        .merge(Layer("environment", environment))
        .merge(Layer("command line", command_line));
    Gathered { figment, order: checked.order, faults }
}

/// A value as text, good for telling whether two are the same.
fn shown(value: Value) -> String {
    match value {
        Value::Array(_, items) => items.into_iter().map(shown).collect::<Vec<_>>().join(","),
        Value::String(_, text) => text,
        Value::Bool(_, flag) => flag.to_string(),
        other => other.to_i128().map(|number| number.to_string()).unwrap_or_default(),
    }
}

fn command_line(given: &[(&'static str, &'static str, String)]) -> (Dict, Vec<Fault>) {
    let mut sections = Dict::new();
    let mut faults = Vec::new();
    for (section, name, text) in given {
        let Some(key) = super::keys::find(section, name) else { continue };
        match key.kind.read_text(text) {
            Ok(value) => {
                let slot = sections.entry((*section).to_owned()).or_insert_with(|| Value::from(Dict::new()));
                if let Value::Dict(_, inner) = slot {
                    inner.insert((*name).to_owned(), value);
                }
            }
            Err(message) => faults.push(Fault::plain("command line", format!("{section}.{name}: {message}"))),
        }
    }
    (sections, faults)
}

/// A variable for a route that is neither in the file nor a handler's, or for a task that there is not, would silently do
/// nothing.
fn of_nobody(section: &str, environment: &Dict, known: &[&str]) -> Vec<Fault> {
    let Some(Value::Dict(_, named)) = environment.get(section) else { return Vec::new() };
    named
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| {
            let variable = format!("{}{section}__{name}", environment::PREFIX).to_ascii_uppercase();
            let message = format!("no {section} is called \"{name}\"{}", remedy(name, known));
            Fault::plain("environment", format!("{variable}: {message}"))
        })
        .collect()
}

struct Layer(&'static str, Dict);

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.1.clone()))
    }
}
