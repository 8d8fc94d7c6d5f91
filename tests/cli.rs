//! The command line: what it prints and how it exits.

use std::process::Output;

use crate::support::bridge::run;

/// What a command printed, without the paths of this run.
fn shown(output: &Output, directory: &std::path::Path) -> String {
    let text = format!(
        "exit {}\n{}{}",
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    text.replace(&format!("{}/", directory.display()), "")
}

/// Ten files, each broken in its own way.
const BROKEN: [(&str, &str); 10] = [
    ("syntax", "[legacy\nurl = \"http://h\"\n[listen]\naddress = 127.0.0.1:4300\n"),
    ("unknown-keys", "[legacy]\nuri = \"http://h\"\n\n[[route]]\nname = \"ping\"\nmdoe = \"native\"\n[lsten]\n"),
    (
        "wrong-types",
        "[legacy]\nmax_connections = \"many\"\nconnect_timeout = 5\n[flags]\nkill_switch = \"yes\"\n[listen]\nmax_body = -1\n",
    ),
    (
        "wrong-values",
        "[legacy]\nurl = \"https://h/path\"\n[listen]\naddress = \"localhost\"\nheader_timeout = \"5 minutes\"\ntrusted_proxies = [\"10.0.0.0/99\"]\n",
    ),
    (
        "routes-names",
        "[[route]]\nname = \"tags_lst\"\n[[route]]\nname = \"Tags\"\nhandler = \"tags_list\"\n[[route]]\nmode = \"native\"\n[[route]]\nname = \"ping\"\n[[route]]\nname = \"ping\"\n",
    ),
    (
        "routes-modes",
        "[[route]]\nname = \"ping\"\nmode = \"nativ\"\n[[route]]\nname = \"info\"\nmode = \"canary\"\n[[route]]\nname = \"tags_list\"\nmode = \"canary\"\npercent = 10.001\n[[route]]\nname = \"users_list\"\nsticky = \"session\"\n",
    ),
    (
        "routes-patterns",
        "[[route]]\nname = \"mine\"\nhandler = \"ping\"\nmatch = \"GET /api/1//ping\"\n[[route]]\nname = \"other\"\nhandler = \"ping\"\nmatch = \"FETCH /x\"\n[[route]]\nname = \"third\"\nhandler = \"ping\"\nmatch = \"GET /x/{id:integer}\"\n",
    ),
    ("routes-twice", "[[route]]\nname = \"mine\"\nhandler = \"ping\"\nmatch = \"GET /api/1/tags\"\n"),
    ("route-table", "[route]\nname = \"ping\"\n"),
    ("misplaced", "mode = \"native\"\nlisten = 4300\nkill_switch = true\n"),
];

#[test]
fn every_fault_of_a_broken_file_is_told_with_its_place_and_remedy() {
    let directory = tempfile::TempDir::new().unwrap();
    for (name, text) in BROKEN {
        let file = directory.path().join(format!("{name}.toml"));
        std::fs::write(&file, text).unwrap();
        let output = run(&["check", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        insta::with_settings!({ description => text, omit_expression => true }, {
            insta::assert_snapshot!(format!("check_{name}"), shown(&output, directory.path()));
        });
    }
}

#[test]
fn a_valid_file_is_said_to_be_valid_and_a_missing_one_is_an_error() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("routes.toml");
    std::fs::write(
        &file,
        "listen = \"127.0.0.1:0\"\n[[route]]\nname = \"tags_list\"\nmode = \"canary\"\npercent = 0.01\n",
    )
    .unwrap();
    let output = run(&["check", file.to_str().unwrap()]);
    let routes = cutover::handlers::ALL.len();
    assert_eq!(shown(&output, directory.path()), format!("exit 0\nroutes.toml: valid, {routes} routes\n"));
    let output = run(&["check", directory.path().join("none.toml").to_str().unwrap()]);
    assert_eq!(
        shown(&output, directory.path()),
        "exit 2\ncutover: none.toml: can not be read: No such file or directory (os error 2)\n"
    );
    std::fs::write(&file, b"[legacy]\nurl = \"\xff\"\n").unwrap();
    let output = run(&["check", file.to_str().unwrap()]);
    assert_eq!(
        shown(&output, directory.path()),
        "exit 1\nroutes.toml:2:8: not UTF-8 from here on; save the file as UTF-8\n"
    );
}

#[test]
fn the_shipped_route_table_is_valid_and_lists_every_handler() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/routes.toml");
    assert!(run(&["check", file]).status.success());
    let text = std::fs::read_to_string(file).unwrap();
    let listed: Vec<serde_json::Value> =
        serde_json::from_slice(&run(&["routes", "--config", file, "--json"]).stdout).unwrap();
    for route in &listed {
        assert!(text.contains(&format!("name = {}", route["name"])), "{route} is not in routes.toml");
    }
}

#[test]
fn the_route_table_is_shown_as_a_table_and_as_json() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("routes.toml");
    std::fs::write(&file, "[[route]]\nname = \"tags_list\"\nmode = \"canary\"\npercent = 12.5\nsticky = \"cookie:sid\"\n[[route]]\nname = \"ping\"\nmode = \"native\"\n").unwrap();
    insta::assert_snapshot!(shown(&run(&["routes", "--config", file.to_str().unwrap()]), directory.path()));
    insta::assert_snapshot!(shown(&run(&["routes", "--json", "--config", file.to_str().unwrap()]), directory.path()));
}

#[test]
fn the_route_table_says_what_another_version_of_the_global_database_means() {
    let directory = tempfile::TempDir::new().unwrap();
    let (file, global) = (directory.path().join("routes.toml"), directory.path().join("global"));
    std::fs::write(&file, format!("data = {:?}\n", directory.path())).unwrap();
    let routes = |arguments: &[&str]| {
        let output = run(&[&["routes", "--config", file.to_str().unwrap()], arguments].concat());
        assert!(output.status.success(), "{}", shown(&output, directory.path()));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!routes(&[]).contains("declined"), "there is none yet");
    std::fs::create_dir(&global).unwrap();
    let database = rusqlite::Connection::open(global.join("global.db")).unwrap();
    database
        .execute_batch("CREATE TABLE settings(name TEXT, value TEXT); INSERT INTO settings VALUES ('version', '13')")
        .unwrap();
    assert!(!routes(&[]).contains("declined"), "it is the one that handlers know");
    database.execute("UPDATE settings SET value = '14'", []).unwrap();
    let why = "global.db has version 14, handlers know 13";
    let table = routes(&[]);
    let needs = table.lines().filter(|line| line.contains("global 13")).count();
    let said = format!("declined: {why}; the {needs} native routes that read it are forwarded");
    assert!(table.lines().any(|line| line == said), "{table}");
    let listed: Vec<serde_json::Value> = serde_json::from_str(&routes(&["--json"])).unwrap();
    for route in &listed {
        let reads = route["needs"].as_array().unwrap().iter().any(|needs| needs["database"] == "global");
        assert_eq!(route["declined"] == why, reads, "{route}");
        assert_eq!(route.get("declined").is_some(), reads, "{route}");
    }
}

#[test]
fn what_keeps_the_bridge_from_starting_is_one_clear_line_and_exit_2() {
    let directory = tempfile::TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let bad = directory.path().join("bad.toml");
    std::fs::write(&bad, "[flags]\nkil_switch = true\nall = \"x\"\n").unwrap();
    let missing = directory.path().join("missing.toml");
    let nowhere = directory.path().join("nowhere");
    let free = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    let cases: [(&str, Vec<&str>); 7] = [
        ("occupied", vec!["--listen", &address]),
        ("no address", vec!["--listen", "localhost"]),
        ("not ours", vec!["--listen", "192.0.2.1:1"]),
        ("bad file", vec!["--config", bad.to_str().unwrap()]),
        ("missing file", vec!["--config", missing.to_str().unwrap()]),
        ("bad mode", vec!["--all", "nativ"]),
        ("no data", [&free[..], &["--data-dir", nowhere.to_str().unwrap()]].concat()),
    ];
    let mut all = String::new();
    for (name, arguments) in cases {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_cutover"))
            .arg("serve")
            .args(arguments)
            .current_dir(directory.path())
            .env("CUTOVER_LOG__LEVEL", "off")
            .output()
            .unwrap();
        let text = shown(&output, directory.path()).replace(&address, "<occupied>");
        assert_eq!(text.lines().count(), 2, "one line: {text}");
        all = format!("{all}{name}: {text}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_bad_environment_variable_is_named() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_cutover"))
        .arg("routes")
        .env("CUTOVER_ROUTE__TAGS_LST__MODE", "native")
        .env("CUTOVER_LEGACY__URL", "ftp://x")
        .output()
        .unwrap();
    insta::assert_snapshot!(shown(&output, std::path::Path::new("/nowhere")));
}

#[test]
fn help_teaches_by_example() {
    for command in [
        vec!["--help"],
        vec!["init", "--help"],
        vec!["serve", "--help"],
        vec!["check", "--help"],
        vec!["routes", "--help"],
        vec!["flag", "--help"],
        vec!["status", "--help"],
        vec!["journal", "--help"],
        vec!["parity", "--help"],
        vec!["parity", "learn", "--help"],
        vec!["completions", "--help"],
        vec!["man", "--help"],
        vec!["doctor", "--help"],
        vec!["healthcheck", "--help"],
    ] {
        let output = run(&command);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && (text.contains("Examples:") || text.contains("Exit status:")),
            "{command:?}: {text}"
        );
    }
}
