// Services of a shop's own, which a container gives out by their names.
container.ContactService.load(4);
container.ContactService.update(4, values);
container.OrderService.placeOrder(cart);
container.DataService.query('Contact', 10);
const list = [services.FileService, services.ProductService.getInventory];
if (/ContactService.add/.test(name)) throw new Error('it\'s not here');
