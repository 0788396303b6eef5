/// What the operator decides about the product's own words and links.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address of the product without a final slash, such as `https://crm.example.com`; links begin with it.
    pub base_url: String,
}
