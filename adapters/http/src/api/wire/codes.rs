//! Words of the API for the domain's choices.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident of $from:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl From<$from> for $name {
            fn from(value: $from) -> Self {
                match value { $($from::$variant => Self::$variant),+ }
            }
        }
    )+};
}
