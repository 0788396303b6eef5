//! What a form's editor offers to paste into a website: each way leads to the form, and the plain form arrives.

use qualify_integration::{Answer, House, Plan};
use tokio_util::sync::CancellationToken;

use crate::capture::post_form;

/// The text of a snippet, as a browser copies it.
fn snippet(page: &Answer, id: &str) -> String {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, after) = text.split_once(&format!("<pre id=\"{id}\" tabindex=\"0\">")).unwrap();
    let code = after.split("</pre>").next().unwrap();
    let signs = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    signs.iter().fold(code.to_owned(), |code, (written, sign)| code.replace(written, sign))
}

/// The names and values of the inputs of a form.
fn inputs(code: &str) -> Vec<(String, String)> {
    let value = |tag: &str, name: &str| {
        let (_, after) = tag.split_once(&format!("{name}=\""))?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    };
    let tags =
        code.split('<').filter(|tag| ["input ", "textarea ", "select "].iter().any(|kind| tag.starts_with(kind)));
    tags.map(|tag| (value(tag, "name").unwrap(), value(tag, "value").unwrap_or_default())).collect()
}

#[tokio::test]
async fn each_way_to_put_a_form_on_a_website_leads_to_that_form() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let another = north.new_form(&[("name", "Ovens & \"more\" <b>")]).await;
    let another = (another.clone(), north.public_id_of(&another).await, "Ovens &amp; &quot;more&quot; &lt;b&gt;");
    let first = (north.form.clone(), north.public_id.clone(), "Contact");
    for (form, public_id, title) in [first, another] {
        let page = north.owner.client.get(&format!("/forms/{form}/embed")).await;
        let (url, address) = (&house.url, format!("{}/f/{public_id}", house.url));
        assert_eq!(snippet(&page, "snippet-link"), address);
        assert!(page.text().contains(&format!("href=\"{address}\" target=\"_blank\"")), "it opens from here, too");
        let iframe = snippet(&page, "snippet-iframe");
        assert!(iframe.starts_with(&format!("<iframe src=\"{address}\" title=\"{title}\"")), "{iframe}");
        assert!(iframe.ends_with("></iframe>"), "{iframe}");
        let script = snippet(&page, "snippet-script");
        let expected =
            format!("<script src=\"{url}/embed.js\" data-form=\"{public_id}\" data-title=\"{title}\" async></script>");
        assert_eq!(script, expected);
        let own = snippet(&page, "snippet-own");
        let begins = format!("<form data-qualify=\"{public_id}\" action=\"{address}\" method=\"post\">\n");
        assert!(own.starts_with(&begins), "{own}");
        assert!(own.ends_with(&format!("</form>\n<script src=\"{url}/embed.js\" async></script>")), "{own}");
        for told in ["<dl><dt>", "<button>", "name=\"email\" type=\"email\""] {
            assert!(own.contains(told), "{told}: {own}");
        }
        let mut visitor = house.client();
        assert_eq!(visitor.get(&format!("/f/{public_id}")).await.status, 200, "the address is that of a form");
    }
    let script = house.client().get("/embed.js").await;
    assert_eq!(script.status, 200);
    assert!(script.header("content-type").starts_with("text/javascript"), "{:?}", script.headers);
}

#[tokio::test]
async fn the_plain_form_of_a_website_arrives_without_any_script() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    let own = snippet(&north.owner.client.get(&format!("/forms/{}/embed", north.form)).await, "snippet-own");
    let inputs = inputs(&own);
    assert!(inputs.iter().any(|(name, value)| name == "_version" && value == "1"), "{inputs:?}");
    let typed = |name: &str| match name {
        "name" => "Anna Berg",
        "email" => "anna@example.com",
        "message" => "Hello from our website",
        _ => "",
    };
    let fields: Vec<(&str, &str)> = inputs
        .iter()
        .map(|(name, value)| (name.as_str(), if value.is_empty() { typed(name.as_str()) } else { value.as_str() }))
        .collect();
    let sent = post_form(&house.client(), &north.public_id, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let lead = north.wait_for_leads(1).await.remove(0);
    assert_eq!(lead.label, "Anna Berg");
    let file = north.owner.client.get(&format!("/leads/{}", lead.id)).await.text();
    assert!(file.contains("anna@example.com") && file.contains("Hello from our website"), "{file}");
}
