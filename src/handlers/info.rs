//! `/api/1/info`

use serde_json::Value as Json;

use super::{Context, Handler, Stop, Unanswered, handler::Outcome};
use crate::{
    outbound::{
        Service,
        github::{Latest, Release, latest_release},
    },
    wire::{
        Answer, Gives, Location, Value,
        gives::key,
        pep440::{Unversioned, Version},
        validate::{Fallback, Schema, field, texts::BOOLEAN},
    },
};

/// `GET /api/1/info`
pub const INFO: Handler = Handler::reads("info", "GET /api/1/info", |context| Box::pin(info(context)))
    .takes(&ARGUMENTS, Location::JsonOrQuery)
    .gives(SHOWN);

/// What legacy is; its defaults are as it says them.
const SHOWN: Gives = Gives::Object(&[
    key(
        "version",
        Gives::Object(&[
            key("our_version", Gives::Text),
            key("latest_version", Gives::Maybe(&Gives::Text)),
            key("download_url", Gives::Maybe(&Gives::Text)),
        ]),
    ),
    key("data_directory", Gives::Text),
    key("log_level", Gives::Text),
    key("accept_docker_risk", Gives::Flag),
    key("backend_default_arguments", Gives::Mapping(&Gives::Anything)),
]);

/// `AppInfoSchema`
static ARGUMENTS: Schema = Schema::new(&[field("check_for_updates", BOOLEAN).or(Fallback::Bool(false))]);

/// Version, data directory and log level of the legacy process, which only it knows: learned from its own answer. A
/// check for updates asks GitHub as well, if `outbound.github` says so.
async fn info(context: Context) -> Outcome {
    context.view()?;
    let arguments = context.arguments()?;
    let looks_for_updates = arguments.flag("check_for_updates")?;
    let reach = if looks_for_updates { Some(context.reach(Service::Github)?) } else { None };
    let known = context.session().with_facts(|facts| facts.info().cloned());
    let mut known = known.ok_or_else(|| Unanswered::declined("legacy has not said yet what it is"))?;
    if let Some(reach) = reach {
        match latest_release(&reach).await {
            Latest::Release(release) => tell(&mut known["version"], &release)?,
            // Legacy passes over it, too.
            Latest::Unknown => {}
            Latest::Undecided(why) => return Err(Stop::declined(why)),
        }
    }
    Ok(Answer::ok(&known)?)
}

/// Tells of a release beside the version that is running: of where to get it only if it is newer, and not at all if its
/// tag is no version.
fn tell(version: &mut Json, latest: &Release) -> Result<(), Unanswered> {
    let odd = |_| Unanswered::declined("a version of an unusual kind");
    let ours = version["our_version"].as_str().unwrap_or_default();
    let ours = Version::parse(ours).map_err(odd)?;
    let newest = match latest.tag.as_str().map(Version::parse) {
        Some(Ok(newest)) => newest,
        Some(Err(odd_one @ Unversioned::Odd)) => return Err(odd(odd_one)),
        Some(Err(Unversioned::Invalid)) | None => return Ok(()),
    };
    version["latest_version"] = newest.to_string().into();
    if newest > ours {
        version["download_url"] = match &latest.page {
            Value::Str(page) => page.as_str().into(),
            Value::Null => Json::Null,
            _ => return Err(Unanswered::declined("the address of a release is no text")),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(ours: &str, tag: impl Into<Value>) -> Result<Json, Unanswered> {
        let mut version = json!({"our_version": ours, "latest_version": null, "download_url": null});
        let latest = Release { tag: tag.into(), page: "https://example.org/it".into() };
        tell(&mut version, &latest).map(|()| version)
    }

    #[test]
    fn a_release_is_told_of_in_its_normal_form_and_its_page_only_if_it_is_newer() {
        for (ours, tag, latest, page) in [
            ("1.40.1", "v1.41", json!("1.41"), json!("https://example.org/it")),
            ("1.40.1", "v1.40.1", json!("1.40.1"), json!(null)),
            ("1.40.1.dev2+gabc", "v1.40.1", json!("1.40.1"), json!("https://example.org/it")),
            ("1.40.1", "1.40", json!("1.40"), json!(null)),
            ("1.40.1", "nightly", json!(null), json!(null)),
        ] {
            let expected = json!({"our_version": ours, "latest_version": latest, "download_url": page});
            assert_eq!(told(ours, tag).unwrap(), expected, "{ours} {tag}");
        }
        assert_eq!(told("1.0", Value::Null).unwrap()["latest_version"], json!(null));
    }

    #[test]
    fn what_only_python_can_compare_is_declined() {
        assert!(told("1.0", "v1.\u{664}").is_err());
        assert!(told("", "v1.0").is_err());
    }
}
