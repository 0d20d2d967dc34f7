//! The GET endpoints.

use http::StatusCode;

use super::desk::Desk;

#[tokio::test]
async fn mailboxes_come_with_the_minimum_set() {
    let desk = Desk::new(50);
    let answer = desk
        .get(
            &desk.path("Mailbox?$filter=Alias -eq 'adele'&$top=5".replace(' ', "%20").as_str()),
            &[],
        )
        .await;
    let rows = answer.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["PrimarySmtpAddress"], "adele@contoso.com");
    assert!(rows[0].get("ProhibitSendQuota").is_none());
    let answer = desk.get(&desk.path("Mailbox('adele')?PropertySet=Quota"), &[]).await;
    assert_eq!(answer.rows()[0]["ProhibitSendQuota"], "99 GB (106,300,440,576 bytes)");
    let answer = desk.get(&desk.path("Nonsense"), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn parts_of_a_mailbox_have_encoded_keys() {
    let desk = Desk::new(50);
    // base64 of "adele@contoso.com" and of "\Calendar", by coreutils.
    let mailbox = "Mailbox('YWRlbGVAY29udG9zby5jb20=')";
    for (rest, property) in [
        ("MailboxPermission?isEncoded=true", "UserSid"),
        ("Exchange.GetMailboxStatistics()?isEncoded=true", "TotalItemSize"),
        (
            "MailboxFolder/Exchange.GetMailboxFolderStatistics(folderscope=Exchange.ElcFolderType'All')?isEncoded=true",
            "FolderPath",
        ),
        (
            "MailboxFolder('XENhbGVuZGFy')/MailboxFolderPermission?IsUsingMailboxFolderId=True&IsEncoded=True",
            "FolderName",
        ),
    ] {
        let answer = desk.get(&desk.path(&format!("{mailbox}/{rest}")), &[]).await;
        assert!(answer.rows()[0].get(property).is_some(), "{rest}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_next_link_is_followed_by_get() {
    let mut desk = Desk::new(120);
    desk.page_size = 50;
    let mut path = desk.path("Mailbox");
    let mut rows = Vec::new();
    loop {
        let answer = desk.get(&path, &[]).await;
        if desk.cookie.is_none() {
            desk.keep_cookie(&answer);
        }
        rows.extend(answer.rows());
        let Some(next) = answer.json()["@odata.nextLink"].as_str().map(str::to_owned) else {
            break;
        };
        path = next.strip_prefix("https://sim.example").unwrap().to_owned();
    }
    assert_eq!(rows.len(), 120);
}
