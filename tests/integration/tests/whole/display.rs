//! How the list is displayed, chosen from its menu by a browser without scripts.

use qualify_integration::{Answer, House};
use serde_json::json;

use crate::census::capture;

/// The columns of the display menu: code, name, and whether it is shown.
fn menu(page: &Answer) -> Vec<(String, String, bool)> {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let choices = text.split("name=\"column\" value=\"").skip(1).map(|choice| {
        let (code, rest) = choice.split_once('"').unwrap();
        let (state, rest) = rest.split_once("><span>").unwrap();
        (code.to_owned(), rest.split("</span>").next().unwrap().to_owned(), state == " checked")
    });
    choices.collect()
}

/// The codes of the columns that are shown, in the order of the menu.
fn shown(page: &Answer) -> Vec<String> {
    menu(page).into_iter().filter(|(_, _, is_shown)| *is_shown).map(|(code, ..)| code).collect()
}

/// The heads of the table, without those of the boxes and of the names.
fn heads(page: &Answer) -> Vec<String> {
    let text = page.text();
    let head = text.split("<thead>").nth(1).unwrap().split("</thead>").next().unwrap();
    let heads = head.split("<th ").skip(3).map(|head| {
        let words = head.split_once('>').unwrap().1.split("</th>").next().unwrap();
        let words = if words.starts_with("<a ") { words.split_once('>').unwrap().1 } else { words };
        words.split('<').next().unwrap().to_owned()
    });
    heads.collect()
}

/// The names of the columns that are shown, in the order of the menu.
fn names(page: &Answer) -> Vec<String> {
    menu(page).into_iter().filter(|(_, _, is_shown)| *is_shown).map(|(_, name, _)| name).collect()
}

/// Where a link of that name leads.
fn link(page: &Answer, name: &str) -> String {
    let text = page.text();
    let before = text.split(&format!(">{name}</a>")).next().unwrap();
    let address = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    address.replace("&#38;", "&")
}

#[tokio::test]
async fn columns_are_chosen_put_forward_and_kept_beside_all_else() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "name": "Anna", "email": "anna@example.com" })).await;
    north.wait_for_leads(1).await;
    let client = &mut north.owner.client;
    let page = client.get("/leads").await;
    assert_eq!(shown(&page), ["email", "phone", "stage", "grade", "owner", "form", "created"]);
    assert_eq!(heads(&page), names(&page), "{}", page.text());

    // The boxes as they are ticked, in the order of the menu.
    let chosen = client.get("/leads?display=1&column=email&column=stage&column=company").await;
    assert_eq!((chosen.status, chosen.location()), (303, "/leads?columns=email%2Cstage%2Ccompany"));
    let page = client.get(chosen.location()).await;
    assert_eq!(shown(&page), ["email", "stage", "company"]);
    assert_eq!(heads(&page), names(&page), "{}", page.text());
    assert!(
        page.text().contains("name=\"up\" value=\"company\"") && page.text().contains("name=\"up\" value=\"stage\"")
    );
    assert!(!page.text().contains("name=\"up\" value=\"email\""), "the first goes no further");
    assert!(!page.text().contains("name=\"up\" value=\"phone\""), "what is not shown has no place");

    let moved = client.get("/leads?display=1&column=email&column=stage&column=company&up=company").await;
    assert_eq!((moved.status, moved.location()), (303, "/leads?columns=email%2Ccompany%2Cstage"));
    let page = client.get(moved.location()).await;
    assert_eq!(shown(&page), ["email", "company", "stage"]);
    assert_eq!(heads(&page), names(&page));

    let sorted = client.get("/leads?sort=name&density=compact&columns=email%2Cstage").await;
    let text = sorted.text();
    let form = text.split("id=\"display-menu\"").nth(1).unwrap().split("</form>").next().unwrap();
    for kept in ["name=\"sort\" value=\"name\"", "name=\"density\" value=\"compact\""] {
        assert!(form.contains(kept), "{kept}: {form}");
    }
    assert!(!form.contains("name=\"columns\""), "the boxes say it: {form}");
    let none = client.get("/leads?sort=name&density=compact&display=1").await;
    let page = client.get(none.location()).await;
    assert_eq!((shown(&page).len(), heads(&page).len()), (0, 0), "a list of names only");
    for wrong in ["display=1&column=x", "display=1&column=email&column=email", "display=1&column=email&up=x"] {
        assert_eq!(client.get(&format!("/leads?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_list_is_close_or_roomy_and_stays_what_else_it_is() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "name": "Anna", "email": "anna@example.com" })).await;
    north.wait_for_leads(1).await;
    let client = &mut north.owner.client;
    let page = client.get("/leads?columns=email%2Cstage").await;
    assert!(page.text().contains("<table class=\"table cards fixed\">"), "{}", page.text());
    let address = link(&page, "Compact");
    assert!(address.contains("density=compact") && address.contains("columns=email%2Cstage"), "{address}");
    let page = client.get(&address).await;
    assert!(page.text().contains("<table class=\"table cards fixed compact\">"), "{}", page.text());
    assert!(page.text().contains("aria-current=\"true\">Compact</a>"), "{}", page.text());
    assert_eq!(shown(&page), ["email", "stage"]);
    let roomy = link(&page, "Comfortable");
    assert_eq!(roomy, "/leads?columns=email%2Cstage");

    // Kept as a view, it opens so.
    let settings = page.hidden("settings").unwrap().replace("&#34;", "\"");
    let kept = client.post("/views", &[("name", "Close"), ("settings", settings.as_str())]).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let page = client.get(kept.location()).await;
    assert!(page.text().contains("<table class=\"table cards fixed compact\">"), "{}", page.text());
    assert_eq!(shown(&page), ["email", "stage"]);
}
