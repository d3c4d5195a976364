-- a copy of the database sends no letter, and nobody finds the secrets in it
UPDATE credit_registered_provider
   SET ar24_environment = 'sandbox',
       ar24_url = 'https://sandbox.ar24.fr/api/',
       ar24_token = NULL,
       ar24_private_key = NULL,
       ar24_auth_hash = NULL,
       ar24_auth_until = NULL,
       webhook_key = NULL
 WHERE code = 'ar24';
