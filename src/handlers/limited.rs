//! How much a user is shown of what legacy limits.

use crate::{
    handlers::Unanswered,
    session::{limits::Limited, who::User},
};

/// Most of what is shown, and whether there is premium.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub(super) most: usize,
    pub(super) premium: bool,
}

impl Allowance {
    /// What this user is shown.
    ///
    /// # Errors
    /// Whether there is premium, or how much is shown with it, is not known.
    pub(super) fn of(user: &User, limited: Limited) -> Result<Self, Unanswered> {
        match user.premium {
            Some(false) => Ok(Self { most: limited.free(), premium: false }),
            Some(true) => match user.limit(limited) {
                Some(most) => Ok(Self { most, premium: true }),
                None => {
                    Err(Unanswered::declined("how much premium shows only its server says, and legacy's next answer"))
                }
            },
            None => Err(Unanswered::declined("whether there is premium is not known")),
        }
    }
}
