const xmlrpc = require('xmlrpc');
const client = xmlrpc.createSecureClient({ host: 'shop.infusionsoft.com', port: 443, path: '/api/xmlrpc' });
if (/it's/.test(name)) client.methodCall('ContactService.load', [key, 4, ['Id']], done);
const plain = name.replace(/["'`\/]/g, ''); client.methodCall('ContactService.merge', [key, 1, 2], done);
const half = width / 2; client.methodCall('ContactService.add', [key, { FirstName: 'a / b' }], done);
