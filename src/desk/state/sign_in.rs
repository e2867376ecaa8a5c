//! Signing in.

use crate::desk::field::Field;

/// Who signs in, and with what.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The staff id.
    pub staff: Field,
    /// The password.
    pub password: Field,
    /// Whether the password is being typed.
    pub on_password: bool,
    /// Which of the demo's people is chosen.
    pub chosen: usize,
    /// The request under way.
    pub asking: Option<u64>,
    /// What was wrong the last time.
    pub wrong: Option<String>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            staff: Field::default(),
            password: Field::secret(),
            on_password: false,
            chosen: 0,
            asking: None,
            wrong: None,
        }
    }
}
