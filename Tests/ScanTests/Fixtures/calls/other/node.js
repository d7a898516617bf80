const xmlrpc = require('xmlrpc');
const client = xmlrpc.createSecureClient({ host: 'shop.infusionsoft.com', port: 443, path: '/api/xmlrpc' });
client.methodCall('DataService.query', [key, 'Lead', 10, 0, {}, ['Id']], done);
const body = `<?xml version="1.0"?><methodCall><methodName>ContactService.load</methodName>
<params><param><value><string>${key}</string></value></param></params></methodCall>`;
client.methodCall(name, [key], done);
/* client.methodCall('ContactService.add') */
console.log('ContactService.add');
