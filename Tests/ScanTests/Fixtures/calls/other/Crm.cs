using CookComputing.XmlRpc;
using InfusionSoft;

namespace Shop
{
    [XmlRpcUrl("https://shop.infusionsoft.com:443/api/xmlrpc")]
    public interface ICrm : IXmlRpcProxy
    {
        [XmlRpcMethod("ContactService.add")]
        int Add(string key, XmlRpcStruct map);

        [XmlRpcMethod("ContactService.addToGroup")]
        bool AddToGroup(string key, int contact, int tag);

        // [XmlRpcMethod("ContactService.merge")]
        [XmlRpcMethod("DataService.query")]
        XmlRpcStruct[] Query(string key, string table, int limit, int page, XmlRpcStruct data, string[] fields);
    }

    public class Job
    {
        public void Run(IInfusionSoftClient client)
        {
            int id = client.ContactService.Add(values);
            client.ContactService.AddToCampaign(id, 4);
            var people = client.DataService.Query<Contact>(page, q => q.Add(c => c.Email, "ada@example.org"));
            client.DataService.Update("Contact", id, values);
            client.EmailService.OptIn("ada@example.org", "asked");
            Console.WriteLine("ContactService.add");
        }
    }
}
