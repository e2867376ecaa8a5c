//! How somebody is told for whom there is no place: in the protocol's own words, before any
//! key is agreed on, so that telling a flood of them costs next to nothing.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::doors::Full;
use super::metrics::Refused;
use crate::domain::refusal::{Code, Refusal};
use crate::texts::{self, Lang};

/// How long being told may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The protocol's number for a disconnection.
const DISCONNECT: u8 = 1;
/// The protocol's number for the reason that there are too many.
const TOO_MANY_CONNECTIONS: u32 = 12;
/// What a packet's length must be a multiple of where nothing is enciphered.
const BLOCK: usize = 8;
/// How many bytes are put behind a packet at least.
const LEAST_PADDING: usize = 4;

impl Full {
    /// What a person is told.
    pub(super) const fn code(self) -> Code {
        match self {
            Self::Desks => Code::ServerFull,
            Self::Address | Self::Waiting => Code::ServerCrowded,
        }
    }

    /// As what it is counted.
    pub(super) const fn counted(self) -> Refused {
        match self {
            Self::Desks => Refused::Full,
            Self::Address => Refused::FullFromAddress,
            Self::Waiting => Refused::TooManyWaiting,
        }
    }
}

/// Tells the other end why it is turned away, and lets go of it.
pub(super) async fn turn_away(stream: TcpStream, why: Full) {
    // A client that does not listen is let go of all the same.
    let _ = tokio::time::timeout(PATIENCE, tell(stream, why)).await;
}

async fn tell(mut stream: TcpStream, why: Full) -> std::io::Result<()> {
    let mut bytes = b"SSH-2.0-madoguchi\r\n".to_vec();
    bytes.extend(packet(&disconnection(&words(&why.code().into()))));
    stream.write_all(&bytes).await?;
    stream.shutdown().await?;
    // What it has said already must be heard, or the words would be lost with the connection.
    let mut heard = [0; 512];
    while stream.read(&mut heard).await? > 0 {}
    Ok(())
}

/// A disconnection says its reason in English: the common client shows nothing else.
pub(super) fn words(refusal: &Refusal) -> String {
    let sentence = texts::refusal(refusal, Lang::En);
    format!("{} {}", sentence.message, sentence.next)
}

fn disconnection(words: &str) -> Vec<u8> {
    let mut payload = vec![DISCONNECT];
    payload.extend(TOO_MANY_CONNECTIONS.to_be_bytes());
    for text in [words, "en"] {
        payload.extend(u32::try_from(text.len()).unwrap_or(0).to_be_bytes());
        payload.extend(text.as_bytes());
    }
    payload
}

/// A packet as it is before keys are agreed on (RFC 4253, section 6).
fn packet(payload: &[u8]) -> Vec<u8> {
    let mut padding = BLOCK - (5 + payload.len()) % BLOCK;
    if padding < LEAST_PADDING {
        padding += BLOCK;
    }
    let length = u32::try_from(1 + payload.len() + padding).unwrap_or(0);
    let mut packet = length.to_be_bytes().to_vec();
    packet.push(u8::try_from(padding).unwrap_or(0));
    packet.extend(payload);
    packet.resize(packet.len() + padding, 0);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_as_long_as_it_says_and_fills_its_blocks() {
        for length in 0..40 {
            let packet = packet(&vec![7; length]);
            let said = u32::from_be_bytes(packet[..4].try_into().expect("four"));
            assert_eq!(said as usize, packet.len() - 4);
            assert_eq!(packet.len() % BLOCK, 0);
            let padding = usize::from(packet[4]);
            assert!(padding >= LEAST_PADDING && 5 + length + padding == packet.len());
        }
    }

    #[test]
    fn what_is_said_in_a_disconnection_is_ascii() {
        for code in [Code::ServerFull, Code::ServerCrowded, Code::ServerStops, Code::SignInTooSlow]
        {
            let said = words(&code.into());
            assert!(said.is_ascii(), "{said}");
        }
    }
}
