//! The address of a channel: https, a host with a name, and a path that is the secret.
//!
//! What is refused here is refused again of every IP address that the name resolves to, at every try: a name can be made to
//! point into the network of whoever runs us.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use db::Refusal;

/// Longer than any service makes them.
const LENGTH_MAX: usize = 2_000;

/// Whose channel it is: they take different JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Slack,
    Teams,
}

/// Where to say it. Its `Debug` shows the host only.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    /// With the query.
    path: String,
}

impl Service {
    pub const ALL: [Service; 2] = [Service::Slack, Service::Teams];

    pub fn as_str(self) -> &'static str {
        match self {
            Service::Slack => "slack",
            Service::Teams => "teams",
        }
    }

    pub fn named(name: &str) -> Option<Service> {
        Service::ALL.into_iter().find(|service| service.as_str() == name)
    }

    /// The words as the service takes them.
    pub fn body(self, words: &str) -> String {
        let body = match self {
            Service::Slack => serde_json::json!({ "text": words }),
            Service::Teams => serde_json::json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        "body": [{ "type": "TextBlock", "text": words, "wrap": true }],
                    },
                }],
            }),
        };
        body.to_string()
    }
}

impl Address {
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.host)
    }
}

impl FromStr for Address {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Address, Refusal> {
        let refused = |sentence: &str| Refusal::new("channel-address", sentence).field("address");
        let text = text.trim();
        let rest = text.strip_prefix("https://").ok_or_else(|| {
            refused("The address begins with https://; copy it whole from the channel's service.")
        })?;
        if text.len() > LENGTH_MAX
            || !rest.bytes().all(|b| b.is_ascii_graphic())
            || rest.contains(['#', '\\', '"', '<', '>'])
        {
            return Err(refused(
                "The address holds something no address of a channel has; copy it whole.",
            ));
        }
        let (place, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        if place.contains('@') {
            return Err(refused(
                "The address holds a user name; copy it whole from the channel's service.",
            ));
        }
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (
                host,
                port.parse().map_err(|_| refused("The port is not a number."))?,
            ),
            None => (place, 443),
        };
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let numeric = host
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        if host.is_empty() || !host.contains('.') || !host.chars().all(named) || numeric || is_inside(host) {
            return Err(refused("The address has to name a host of the public network."));
        }
        Ok(Address {
            host: host.to_lowercase(),
            port,
            path: path.to_owned(),
        })
    }
}

fn is_inside(host: &str) -> bool {
    let host = host.to_lowercase();
    [
        "localhost",
        ".local",
        ".internal",
        ".lan",
        ".home.arpa",
        ".localdomain",
    ]
    .iter()
    .any(|end| host.ends_with(end))
}

/// Whether an IP address is one of the public network.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let benchmark = a == 198 && (b == 18 || b == 19);
            let protocols = a == 192 && b == 0 && c == 0;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || ip.is_multicast()
                || ip.is_documentation()
                || a == 0
                || a >= 240
                || shared
                || benchmark
                || protocols)
        }
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(inner) => is_public(IpAddr::V4(inner)),
            None => {
                let first = ip.segments()[0];
                // Only 2000::/3 is given out; of it, 2001:db8::/32 is for documents, 2002::/16 and 64:ff9b::/96 hold others.
                let held =
                    first == 0x2002 || (first == 0x2001 && matches!(ip.segments()[1], 0x0db8 | 0x0000));
                (0x2000..0x4000).contains(&first) && !held
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_and_names_a_host_of_the_public_network() {
        let address: Address = "https://hooks.slack.example/services/T0/B0/x?y=1"
            .parse()
            .expect("an address");
        assert_eq!(
            (address.host(), address.port(), address.path()),
            ("hooks.slack.example", 443, "/services/T0/B0/x?y=1")
        );
        assert_eq!(
            format!("{address:?}"),
            "Address(hooks.slack.example)",
            "the secret is not shown"
        );
        for text in [
            "http://hooks.slack.example/x",
            "https://127.0.0.1/x",
            "https://2130706433/x",
            "https://[::1]/x",
            "https://localhost/x",
            "https://printer.local/x",
            "https://user@hooks.example/x",
            "https://hooks.example:port/x",
            "https://hooks.example/x\r\nHost: y",
            "https://hooks.example/a b",
            "https://10.0.0.1.",
            "",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_of_the_public_network_is_known() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "2002:a00:1::",
            "64:ff9b::a00:1",
        ] {
            assert!(!is_public(ip.parse().expect("an IP address")), "{ip}");
        }
        for ip in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            assert!(is_public(ip.parse().expect("an IP address")), "{ip}");
        }
    }

    #[test]
    fn words_are_put_as_each_service_takes_them() {
        assert_eq!(Service::Slack.body("a \"b\""), r#"{"text":"a \"b\""}"#);
        assert!(Service::Teams.body("three").contains(r#""text":"three""#));
    }
}
