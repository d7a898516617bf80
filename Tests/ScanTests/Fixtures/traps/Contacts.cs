namespace Shop.Contacts
{
    // [XmlRpcMethod("ContactService.add")]
    /* client.ContactService.Add(values); */
    public class Page
    {
        public void Save() { this.ContactService.Add(values); DataService.Query("Contact"); }
        string name = nameof(ContactService) + "ContactService.add was called";
    }
}
