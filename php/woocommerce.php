<?php
/*
 * Plugin Name: Buyers to the CRM
 * Description: Adds or updates the buyer of each paid order. Lay this file and Evergrant.php in wp-content/mu-plugins/evergrant/,
 *              load it from a file beside that folder, and set EVERGRANT_URL, EVERGRANT_KEY_FILE and EVERGRANT_CONNECTION for PHP.
 */
require_once __DIR__ . '/Evergrant.php';

add_action('woocommerce_payment_complete', function ($id) {
    $order = wc_get_order($id);
    if (!$order) {
        return;
    }
    try {
        Evergrant\Contacts::fromEnvironment(5)->upsert(array_filter([
            'email' => $order->get_billing_email(), 'phone' => $order->get_billing_phone(),
            'given_name' => $order->get_billing_first_name(), 'family_name' => $order->get_billing_last_name(),
        ]));
    } catch (Throwable $trouble) {
        $order->add_order_note('The buyer is not in the CRM: ' . $trouble->getMessage());
    }
});
