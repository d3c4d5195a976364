from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

#: Addresses of AR24's two environments.
URLS = {
    "sandbox": "https://sandbox.ar24.fr/api/",
    "production": "https://app.ar24.fr/api/",
}
#: Whence AR24 calls.
WEBHOOK_SOURCE = "185.183.140.195"
#: Bytes of all documents of a letter, in MB.
SIZE_LIMIT = 256

#: What kept an answer from coming, in words for people.
TROUBLES = {
    "maintenance": _lt("AR24 is under maintenance: try again later."),
    "quota": _lt("AR24's quota is used up, or too much was asked at once: try again later."),
    "timeout": _lt("AR24 did not answer in time."),
    "connection": _lt("The connection to AR24 failed."),
    "certificate": _lt("The certificate of AR24's address is not valid: nothing was sent."),
    "garbage": _lt(
        "AR24's answer cannot be read: the private key may be wrong, or something between us and "
        "AR24 has answered."
    ),
    "list": _lt("AR24's letters could not all be read."),
    "elsewhere": _lt("AR24 names another address for a proof: it was not fetched."),
    "size": _lt("A proof of AR24's is too large."),
    "document": _lt("AR24 does not give the proof yet."),
}

#: What AR24 refuses, by its codes, in words for people.
SLUGS = {
    "unknown_error": _lt("AR24 has met an error of its own: try again later."),
    "token_invalid": _lt(
        "AR24 does not know this token, or the private key does not belong to it."
    ),
    "token_missing": _lt("The token of the AR24 account is missing."),
    "empty_date": _lt("AR24 got no date with the request."),
    "invalid_date": _lt("AR24 cannot read the date of the request."),
    "expired_date": _lt("The clock of this server is slow: AR24 refuses from ten minutes on."),
    "date_in_future": _lt("The clock of this server is fast: AR24 refuses from ten minutes on."),
    "empty_signature": _lt("AR24 got no signature with the request."),
    "missing_user_id": _lt("The number of the sender at AR24 is missing."),
    "user_not_exist": _lt("AR24 has no sender of this number."),
    "user_unavailable": _lt(
        "AR24 does not let this account send for the sender: ask for access at AR24."
    ),
    "user_already_exist": _lt("AR24 has a user of this e-mail already."),
    "user_already_exists": _lt("AR24 has a user of this e-mail already."),
    "user_account_not_confirmed": _lt("The sender has not confirmed the e-mail address at AR24."),
    "user_eula_not_accepted": _lt("The sender has not accepted AR24's terms."),
    "user_name_empty": _lt("The sender has no name at AR24."),
    "user_no_payment": _lt("The sender has no means of payment at AR24."),
    "user_not_created": _lt("AR24 could not create the sender."),
    "missing_firstname": _lt("The first name is missing."),
    "missing_lastname": _lt("The last name is missing."),
    "missing_address": _lt("The street is missing."),
    "missing_city": _lt("The city is missing."),
    "missing_zipcode": _lt("The zip code is missing."),
    "missing_country": _lt("The country is missing."),
    "email_wrong_format": _lt("AR24 cannot use this e-mail address."),
    "error_country": _lt("AR24 does not know this country."),
    "error_gender": _lt("AR24 does not know this form of address."),
    "missing_company_siret": _lt("The SIRET is missing."),
    "missing_company_tva": _lt("The VAT number is missing."),
    "error_company_siret": _lt("The SIRET is not valid."),
    "missing_email": _lt("The addressee has no e-mail address."),
    "same_sender_recipients_emails": _lt(
        "The addressee's e-mail address is that of the sender: AR24 does not deliver to oneself."
    ),
    "invalid_recipient": _lt(
        "AR24 cannot use the addressee: a business needs its name, a person a first and a last "
        "name."
    ),
    "invalid_email": _lt(
        "AR24 cannot use the addressee's e-mail address: check it, its domain must exist."
    ),
    "group_not_exist": _lt("AR24 does not know the group of the sender."),
    "attachment_not_exists": _lt("AR24 has lost an attachment of the letter: send it again."),
    "attachment_unavailable": _lt("AR24 does not let the sender use an attachment."),
    "attachment_too_big": _lt("An attachment is empty, or too big for AR24."),
    "attachment_empty_name": _lt("An attachment has no name."),
    "attachment_missing_file": _lt("AR24 got an attachment without its file."),
    "content_exceeds_limit": _lt("The text of the letter is too long for AR24."),
    "forbidden_html": _lt("AR24 does not take the text of the letter as it is."),
    "error_no_content_no_attachment": _lt("The letter has neither text nor attachment."),
    "authentication_otp_hash_invalid": _lt(
        "The hour of qualified sending is over: authenticate again on the AR24 account."
    ),
    "authentication_otp_invalid": _lt("AR24 does not accept this code: take the newest one."),
    "authentication_missing": _lt(
        "Qualified letters need the sender's authentication: do it on the AR24 account."
    ),
    "missing_erm_id": _lt("AR24 has no letter of this number."),
}
