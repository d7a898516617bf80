<?php
/**
 * Plugin Name: Keap forms
 *
 * $app->dsQuery('Contact', 1, 0, array(), array()); Infusionsoft_ContactService::add() and
 * ContactService.add in a docblock are none, and neither is <methodName>ContactService.add</methodName>.
 */
global $wpdb;
// $infusionsoft->contacts('xml')->add(array());
# $infusionsoft->data()->query('Contact', 1, 0, [], [], 'Id', true);
/* xmlrpc_encode_request('ContactService.add', array()); */
$rows = $wpdb->query("DELETE FROM {$wpdb->prefix}keap WHERE id = 3");
$wpdb->update('Contact', array('a' => 1), array('b' => 2));
$form->add('Contact');
$query = new WP_Query(array('post_type' => 'Contact'));
$query->query('ContactGroup');
$cart->data()->add('key', 'value');
$cart->data()->load($id);
$this->orders()->load(4);
$mailer = new PHPMailer();
$mailer->sendEmail('ada@example.org');
$mailer->optIn('ada@example.org');
$shop->getInventory(4);
$store->placeOrder($cart);
$s3->uploadFile('a.txt');
error_log('ContactService.add');
echo 'ContactService.add';
print "ContactService.update";
$log->info('ContactService.add', array('id' => 3));
throw new RuntimeException('ContactService.add');
if ($method == 'ContactService.add' || 'ContactService.load' === $method) {
    $text = "ContactService.add failed";
}
switch ($method) {
    case 'ContactService.add': break;
}
$limits = array('ContactService.add' => 10, 'DataService.query' => 20);
$limit = $limits['ContactService.add'];
$known = in_array($method, array('ContactService.add', 'ContactService.update'));
$names = ['ContactService.add', 'ContactService.update', 'ContactService.load'];
$title = __('ContactService.add', 'shop');
$sql = 'SELECT Contact.add FROM DataService.query';
function dsQuery($table) { return $table; }
interface Sdk { public function grpAssign($contact, $tag); }
$body = xmlrpc_encode_request('wp.getPosts', array(1));
$body = '<methodName>metaWeblog.newPost</methodName>';
$ixr = new IXR_Client('https://blog.example/xmlrpc.php');
$ixr->query('pingback.ping', 'a', 'b');
?>
<p>$app->addCon(array()); ContactService.add</p>
<script>app.dsQuery('Contact')</script>
