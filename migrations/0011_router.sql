-- Routers: clients that compose the hub with other subgraphs. They are bound to no regency.

alter table oauth_client
    drop constraint oauth_client_role_check,
    add constraint oauth_client_role_check
        check (role in ('MINISTRY_ANALYST', 'DISTRICT_OFFICER', 'DISTRICT_SYSTEM', 'PARTNER_APP', 'ROUTER'));
