//! A real OpenLDAP server for tests: its own folder, free ports on loopback, a certificate by an issuer of its own.
//!
//! It ends with the test process, even a killed one, because its keeper (`slapd.sh`) waits on a pipe that only this process
//! holds open. A machine without slapd fails these tests and says what to install.
//!
//! Not here: who is in the directory, which each story says.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

const KEEPER: &str = include_str!("slapd.sh");
/// What everything stands below.
pub const BASE: &str = "dc=lake,dc=example";
/// The password of every account the server is made with.
pub const PASSWORD: &str = "a long secret";
const ADMIN: &str = "cn=admin,dc=lake,dc=example";

/// A running server.
#[derive(Debug)]
pub struct Slapd {
    /// In the clear, and encrypted after StartTLS.
    pub port: u16,
    /// Encrypted from the start.
    pub tls_port: u16,
    folder: TempDir,
    /// Closing its standard input is what stops the server.
    keeper: Child,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().expect("the keeper ends with its input");
    }
}

impl Slapd {
    /// A server with these entries (LDIF) below [`BASE`]. `cn=reader` may read everything, `cn=blind` nothing, and
    /// `cn=limited` no more than fifty entries.
    ///
    /// # Panics
    /// When slapd is not installed or does not start; the message says what to do.
    pub fn start(entries: &str) -> Slapd {
        let folder = tempfile::tempdir().expect("a scratch folder");
        certificates(folder.path());
        write(folder.path(), "slapd.conf", &configuration(folder.path()));
        write(folder.path(), "seed.ldif", &format!("{}{entries}", accounts()));
        let (port, tls_port) = (free_port(), free_port());
        let addresses = format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}");
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "slapd.sh"])
            .arg(folder.path())
            .arg(&addresses)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the system has a shell");
        let stdout = keeper.stdout.take().expect("stdout was asked to be a pipe");
        let mut said = String::new();
        BufReader::new(stdout)
            .read_line(&mut said)
            .expect("the keeper can be heard");
        if said.trim() != "ready" {
            let mut why = String::new();
            let mut stderr = keeper.stderr.take().expect("stderr was asked to be a pipe");
            stderr.read_to_string(&mut why).expect("the keeper can be heard");
            panic!("slapd did not start. {why}");
        }
        Slapd {
            port,
            tls_port,
            folder,
            keeper,
        }
    }

    /// The certificate of the issuer who made the server's, as text.
    ///
    /// # Panics
    /// When it is gone.
    pub fn issuer(&self) -> String {
        fs::read_to_string(self.folder.path().join("issuer.crt")).expect("openssl wrote it")
    }

    /// Changes the directory as its administrator.
    ///
    /// # Panics
    /// When the server does not take it.
    pub fn changes(&self, ldif: &str) {
        let mut child = Command::new("ldapmodify")
            .args(["-x", "-H", &format!("ldap://127.0.0.1:{}", self.port)])
            .args(["-D", ADMIN, "-w", PASSWORD])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ldap-utils is installed");
        let mut stdin = child.stdin.take().expect("stdin was asked to be a pipe");
        stdin.write_all(ldif.as_bytes()).expect("ldapmodify listens");
        drop(stdin);
        let done = child.wait_with_output().expect("ldapmodify ends");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "the directory was not changed: {said}");
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    free.expect("loopback has a free port").port()
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("the scratch folder can be written");
}

fn configuration(folder: &Path) -> String {
    let at = |name: &str| folder.join(name);
    let schemas = ["core", "cosine", "inetorgperson"];
    let schemas = schemas
        .map(|name| format!("include /etc/ldap/schema/{name}.schema\n"))
        .concat();
    let modules = ["back_mdb", "memberof", "ppolicy"];
    let modules = modules.map(|name| format!("moduleload {name}\n")).concat();
    format!(
        "{schemas}modulepath /usr/lib/ldap
{modules}pidfile {pid}
TLSCACertificateFile {issuer}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
database mdb
suffix {BASE}
rootdn {ADMIN}
rootpw \"{PASSWORD}\"
directory {data}
maxsize 67108864
overlay memberof
overlay ppolicy
sizelimit unlimited
limits dn.exact=\"cn=limited,{BASE}\" size.soft=50 size.hard=50 size.prtotal=50
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=\"cn=blind,{BASE}\" none by users read by * none
",
        pid = at("slapd.pid").display(),
        issuer = at("issuer.crt").display(),
        certificate = at("server.crt").display(),
        key = at("server.key").display(),
        data = at("data").display(),
    )
}

fn accounts() -> String {
    let mut text =
        format!("dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: lake\no: Lake Ltd\n\n");
    for name in ["reader", "blind", "limited"] {
        writeln!(
            text,
            "dn: cn={name},{BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: {name}\nuserPassword: {PASSWORD}\n"
        )
        .expect("a String takes whatever is written to it");
    }
    text
}

/// An issuer, and the server's certificate for `localhost` by it.
fn certificates(folder: &Path) {
    let made = |name: &str, more: &[&str]| {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        let made = Command::new("openssl")
            .current_dir(folder)
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args(["-days", "2", "-subj", &format!("/CN={name}")])
            .args(["-keyout", &key, "-out", &certificate])
            .args(more)
            .output()
            .expect("openssl is installed");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "openssl made no {certificate}: {said}");
    };
    made("issuer", &["-addext", "keyUsage=critical,keyCertSign"]);
    made(
        "server",
        &[
            "-CA",
            "issuer.crt",
            "-CAkey",
            "issuer.key",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ],
    );
}
