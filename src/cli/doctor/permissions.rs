//! What the bridge has to read and write, judged for the user that runs this command.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::Access;

use super::{
    access::{may, may_make_files, owner, us, user_name},
    facts::Facts,
    files,
    finding::Finding,
};
use crate::{admin::guard::token, config::NativeWrites, files::directory};

const CHECK: &str = "permissions";

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(data(facts));
    findings.extend(kept(facts));
    findings.extend(token_file(facts));
    findings
}

/// The data directory and the databases in it.
fn data(facts: &Facts) -> Vec<Finding> {
    let Some(data) = facts.config.data.directory.as_deref() else { return Vec::new() };
    let shown = data.display();
    if !data.is_dir() {
        let text = format!("data.directory {shown} is no directory, or can not be seen by {}", user_name(us()));
        return vec![Finding::wrong(
            CHECK,
            text,
            "name the one that holds legacy's users/ and global/; the bridge does not start without it",
        )];
    }
    if !data.join("users").is_dir() && !data.join("global").is_dir() {
        let text = format!("data.directory {shown} has neither users/ nor global/ in it");
        let remedy = "name the one that has: where the backend says it works, or what its --data-dir is";
        return vec![Finding::wrong(CHECK, text, remedy)];
    }
    let bases = files::of(data);
    let refused: Vec<Finding> =
        bases.iter().filter_map(|base| refused(&base.path, facts.config.flags.native_writes)).collect();
    if !refused.is_empty() {
        return refused;
    }
    let mut findings =
        vec![Finding::ok(CHECK, format!("{} databases in {shown} can be read, and written beside", bases.len()))];
    let owner = bases.first().map(|base| owner(&base.path));
    if us() == 0 && owner.as_deref().is_some_and(|owner| owner != "root") {
        let owner = owner.unwrap_or_default();
        let text = format!("this was looked at as root, who may everything; the files are {owner}'s");
        findings.push(Finding::note(
            CHECK,
            format!("{text}: sudo -u {owner} cutover doctor shows what the bridge will see"),
        ));
    }
    findings
}

/// What a user may not do with a database and has to.
fn refused(file: &Path, writes: NativeWrites) -> Option<Finding> {
    let folder = directory(file);
    let what = if !may(file, Access::READ_OK) {
        "can not be read"
    } else if !may_make_files(folder) {
        "can be read, but SQLite has to make and write its -wal and -shm beside it, even to read"
    } else if writes != NativeWrites::Off && !may(file, Access::WRITE_OK) {
        "can not be written, and flags.native_writes is on"
    } else {
        return None;
    };
    let (owner, us) = (owner(file), user_name(us()));
    let text = format!("{} {what} (as {us}; it is {owner}'s)", file.display());
    Some(Finding::wrong(CHECK, text, format!("run the bridge as {owner}, the backend's own user")))
}

/// Files that the bridge keeps beside routes.toml.
fn kept(facts: &Facts) -> Vec<Finding> {
    let (config, layers) = (&facts.config, &facts.layers);
    let named = [
        ("rollout.state", &config.rollout.state, "changes would be kept in memory only, and be gone after a restart"),
        ("rollout.journal", &config.rollout.journal, "changes would not be written down"),
        ("parity.evidence", &config.parity.evidence, "the bridge does not start without it"),
    ];
    let mut findings: Vec<Finding> = named
        .into_iter()
        .filter_map(|(key, path, otherwise)| unkept(key, &layers.beside(path.as_deref()?), otherwise))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            "what the bridge keeps (rollout.state, rollout.journal, parity.evidence) can be written",
        ));
    }
    findings
}

fn unkept(key: &str, path: &Path, otherwise: &str) -> Option<Finding> {
    let folder = directory(path);
    let (what, whose): (&str, PathBuf) = if !folder.is_dir() {
        ("its folder is not there", folder.into())
    } else if path.is_dir() {
        ("it is a directory", path.into())
    } else if !may_make_files(folder) {
        ("its folder can not be written", folder.into())
    } else if path.exists() && !may(path, Access::READ_OK | Access::WRITE_OK) {
        ("it can not be written", path.into())
    } else {
        return None;
    };
    let (shown, owner, us) = (path.display(), owner(&whose), user_name(us()));
    let text = format!("{key} {shown}: {what} (as {us}; it is {owner}'s); {otherwise}");
    Some(Finding::wrong(
        CHECK,
        text,
        format!("make {} writable for the bridge's user, or set {key} to a path elsewhere", folder.display()),
    ))
}

/// The admin API's token.
fn token_file(facts: &Facts) -> Vec<Finding> {
    let admin = &facts.config.admin;
    let Some(file) = token::file(&facts.layers, admin) else {
        if admin.address.ip().to_canonical().is_loopback() {
            return Vec::new();
        }
        let text = format!(
            "others can reach admin.address {}, and there is no token: the bridge does not start",
            admin.address
        );
        let remedy =
            "openssl rand -hex 32 > admin.token && chmod 600 admin.token, and token_file = \"admin.token\" in [admin]";
        return vec![Finding::wrong(CHECK, text, remedy)];
    };
    let shown = file.display();
    if let Err(error) = token::read(&file) {
        return vec![Finding::wrong(
            CHECK,
            error.to_string(),
            "make one, as it says; the bridge does not start without it",
        )];
    }
    let mode = std::fs::metadata(&file).map_or(0, |found| found.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let text = format!("admin.token_file {shown} can be read by others (mode {mode:03o})");
        return vec![Finding::wrong(
            CHECK,
            text,
            format!("chmod 600 {shown}, and make a new token if others are on this machine"),
        )];
    }
    vec![Finding::ok(CHECK, format!("admin.token_file {shown} is its owner's alone"))]
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    fn said(toml: &str) -> Vec<(Level, String)> {
        check(&Facts::of(toml, Err("away"))).into_iter().map(|finding| (finding.level, finding.text)).collect()
    }

    #[test]
    fn a_token_that_others_can_read_is_wrong() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("admin.token");
        let toml = format!(
            "[rollout]\nstate = \"\"\njournal = \"\"\n[parity]\nevidence = \"\"\n[admin]\ntoken_file = {file:?}\n"
        );
        let last = || said(&toml).pop().unwrap();
        assert!(last().0 == Level::Wrong && last().1.contains("can not be read"), "{:?}", last());
        std::fs::write(&file, "0123456789abcdef").unwrap();
        let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o640);
        assert!(last().0 == Level::Wrong && last().1.ends_with("(mode 640)"), "{:?}", last());
        mode(0o600);
        assert_eq!(last().0, Level::Ok);
    }

    #[test]
    fn an_open_admin_address_without_a_token_is_wrong() {
        let found = said("admin = \"0.0.0.0:4301\"").pop().unwrap();
        assert!(found.0 == Level::Wrong && found.1.contains("there is no token"), "{found:?}");
    }

    #[test]
    fn what_is_kept_needs_a_folder() {
        let found = said("[rollout]\nstate = \"/nowhere/at/all\"\njournal = \"\"\n[parity]\nevidence = \"/\"\n");
        assert_eq!(found.iter().map(|(level, _)| *level).collect::<Vec<_>>(), [Level::Wrong, Level::Wrong]);
        assert!(
            found[0].1.contains("its folder is not there") && found[1].1.contains("it is a directory"),
            "{found:?}"
        );
    }

    #[test]
    fn a_data_directory_has_users_or_global_in_it() {
        let directory = tempfile::TempDir::new().unwrap();
        let toml = format!("data = {:?}", directory.path());
        assert!(said(&toml)[0].1.contains("neither users/ nor global/"));
        std::fs::create_dir(directory.path().join("global")).unwrap();
        assert_eq!(said(&toml)[0].0, Level::Ok);
        assert!(said("data = \"/nowhere/at/all\"")[0].1.contains("is no directory"));
    }
}
